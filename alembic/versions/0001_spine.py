"""The spine: settings, market tables, ticks, candle storage, jobs."""

from ingestor.revisions import run_revision_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_revision_sql(__file__)
