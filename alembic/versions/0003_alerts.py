"""Alert rules of the user, and how long ticks take from receipt to commit."""

from ingestor.revisions import run_revision_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_revision_sql(__file__)
