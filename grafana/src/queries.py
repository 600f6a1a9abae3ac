"""Every query of a dashboard's JSON (classic v1 schema): of its panels, variables and annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """SQL as it stands in a dashboard, its variables and macros not replaced yet."""

    title: str
    kind: str
    """The type of its panel, or `variable` or `annotation`."""
    sql: str
    format: Literal["table", "time_series"]
    ref_id: str
    last: str = ""
    """How long before the end of the dashboard's range its panel begins, whatever that range: `5d`."""


def queries(dashboard: Mapping[str, Any]) -> list[Query]:
    """Return the queries of a dashboard: variables, annotations, then panels in their order."""
    found = [
        Query(variable["name"], "variable", sql, "table", "")
        for variable in variables(dashboard)
        if (sql := variable_sql(variable))
    ]
    for annotation in annotation_list(dashboard):
        target = annotation["target"]
        found.append(Query(annotation["name"], "annotation", target["rawSql"], "table", target["refId"]))
    for panel in panels(dashboard):
        found += panel_queries(panel)
    return found


def panels(dashboard: Mapping[str, Any]) -> Iterator[Json]:
    """Return every panel and row from top to bottom, those inside collapsed rows too, as if all rows were open."""
    shift = 0
    for panel in sorted(dashboard.get("panels", ()), key=place):
        lower = moved(panel, shift)
        yield lower
        inner = panel.get("panels") or ()
        if inner:
            top = min(child["gridPos"]["y"] for child in inner)
            below = lower["gridPos"]["y"] + lower["gridPos"]["h"]
            yield from (moved(child, below - top) for child in sorted(inner, key=place))
            shift += max(child["gridPos"]["y"] + child["gridPos"]["h"] for child in inner) - top


def place(panel: Json) -> tuple[int, int]:
    return panel["gridPos"]["y"], panel["gridPos"]["x"]


def moved(panel: Json, rows: int) -> Json:
    return panel | {"gridPos": panel["gridPos"] | {"y": panel["gridPos"]["y"] + rows}}


def panel_queries(panel: Mapping[str, Any]) -> list[Query]:
    """Return the queries that a panel shows."""
    return [
        Query(
            panel.get("title", ""),
            panel["type"],
            target["rawSql"],
            target.get("format", "table"),
            target["refId"],
            panel.get("timeFrom") or "",
        )
        for target in panel.get("targets", ())
        if target.get("rawSql") and not target.get("hide")
    ]


def variables(dashboard: Mapping[str, Any]) -> list[Json]:
    return list(dashboard.get("templating", {}).get("list", ()))


def variable_sql(variable: Mapping[str, Any]) -> str | None:
    """Return the SQL of a variable of type query, which the JSON holds as a text or inside an object."""
    if variable["type"] != "query":
        return None
    query = variable["query"]
    return str(query if isinstance(query, str) else query["rawSql"])


def annotation_list(dashboard: Mapping[str, Any]) -> list[Json]:
    """Return the annotations that are asked of the database."""
    listed = dashboard.get("annotations", {}).get("list", ())
    return [one for one in listed if not one.get("builtIn") and one.get("target", {}).get("rawSql")]
