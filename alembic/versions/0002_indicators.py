"""Indicators: anchors, subscriptions, live state and values."""

from ingestor.revisions import run_revision_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_revision_sql(__file__)
