"""Every query of a dashboard is found, wherever in its JSON it stands."""

from __future__ import annotations

from typing import Any

from grafana.src.queries import Query, panels, queries


def panel(title: str, y: int, h: int = 4, **more: object) -> dict[str, Any]:
    return {"type": "table", "title": title, "gridPos": {"x": 0, "y": y, "w": 24, "h": h}} | more


def target(sql: str, **more: object) -> dict[str, Any]:
    return {"rawSql": sql, "refId": "A", "format": "table"} | more


DASHBOARD: dict[str, Any] = {
    "templating": {
        "list": [
            {"type": "query", "name": "a", "query": "select 'a'"},
            {"type": "query", "name": "b", "query": {"rawSql": "select 'b'", "refId": "v"}},
            {"type": "custom", "name": "c", "query": "1m,5m"},
        ]
    },
    "annotations": {
        "list": [
            {"builtIn": 1, "name": "built in", "target": {"type": "dashboard"}},
            {"name": "halts", "target": target("select 'halt'", refId="Anno")},
        ]
    },
    "panels": [
        panel("below", 6, targets=[target("select 3")]),
        panel(
            "row",
            5,
            1,
            type="row",
            collapsed=True,
            panels=[
                panel("inner 2", 10, targets=[target("select 2")]),
                panel("inner 1", 6, targets=[target("select 1", format="time_series")]),
            ],
        ),
        panel("top", 0, 5, targets=[target("select 0"), target("select 9", refId="B"), target("no", hide=True)]),
        panel("text", 30, type="text"),
    ],
}


def test_queries_of_variables_annotations_and_panels_in_their_order() -> None:
    assert queries(DASHBOARD) == [
        Query("a", "variable", "select 'a'", "table", ""),
        Query("b", "variable", "select 'b'", "table", ""),
        Query("halts", "annotation", "select 'halt'", "table", "Anno"),
        Query("top", "table", "select 0", "table", "A"),
        Query("top", "table", "select 9", "table", "B"),
        Query("inner 1", "table", "select 1", "time_series", "A"),
        Query("inner 2", "table", "select 2", "table", "A"),
        Query("below", "table", "select 3", "table", "A"),
    ]


def test_a_collapsed_row_is_opened_and_pushes_down_what_follows() -> None:
    places = {one["title"]: (one["gridPos"]["y"], one["gridPos"]["h"]) for one in panels(DASHBOARD)}
    assert places == {
        "top": (0, 5), "row": (5, 1), "inner 1": (6, 4), "inner 2": (10, 4), "below": (14, 4), "text": (38, 4),
    }  # fmt: skip


def test_a_dashboard_of_nothing_has_no_queries() -> None:
    assert queries({"panels": []}) == []
