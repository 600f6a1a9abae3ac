"""What is covered, what is asked of the brokers, and the ticks that their candles replaced."""

from ingestor.revisions import run_revision_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_revision_sql(__file__)
