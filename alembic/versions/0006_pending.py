"""On plain PostgreSQL ticks are merged into pending minutes, which a job carries to every timeframe."""

from ingestor.revisions import run_revision_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_revision_sql(__file__)
