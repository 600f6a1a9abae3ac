"""The data source: its reference, and the query that the SDK has no class for."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef

SOURCE = DataSourceRef(type_val="grafana-postgresql-datasource", uid="bhav")


@dataclass(frozen=True)
class Query(Dataquery, Builder[Dataquery]):
    """SQL for a panel or an annotation."""

    sql: str
    series: bool = False
    """One series per value of the column `metric`; else the rows as they are."""
    ref_id: str = "A"

    def build(self) -> Query:
        return self

    def to_json(self) -> dict[str, object]:
        return {
            "refId": self.ref_id,
            "datasource": SOURCE.to_json(),
            "editorMode": "code",
            "rawQuery": True,
            "format": "time_series" if self.series else "table",
            "rawSql": self.sql,
        }
