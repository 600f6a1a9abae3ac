"""What is followed, and the connections over which it came."""

from ingestor.revisions import run_revision_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_revision_sql(__file__)
