"""A dashboard with what all of them share: time zone, crosshair, links, ranges to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardLink,
    TimeOption,
    TimePicker,
)
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType

from grafana.src.postgres import SOURCE, Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Dashboard as Model
    from grafana_foundation_sdk.models.dashboard import Panel, VariableModel
    from grafana_foundation_sdk.models.dashboard import TimeOption as TimeRange

TIME_ZONE = "Asia/Kolkata"
RANGE = "$__timeFrom()::timestamptz, $__timeTo()::timestamptz"
"""What a dashboard shows, as two arguments of a function."""
LINKED = "bhav"
"""The tag by which dashboards find each other."""
REFRESH_INTERVALS = ["5s", "10s", "30s", "1m", "5m"]
RANGES = (
    ("Today's session", "now/d+9h", "now/d+16h"),
    ("Yesterday's and today's session", "now-1d/d+9h", "now/d+16h"),
    ("Last hour", "now-1h", "now"),
    ("Last 5 days", "now-5d", "now"),
    ("Last 7 days", "now-7d", "now"),
    ("Last 30 days", "now-30d", "now"),
    ("Last 3 months", "now-3M", "now"),
    ("Last year", "now-1y", "now"),
    ("Last 5 years", "now-5y", "now"),
)


def board(
    uid: str,
    title: str,
    description: str,
    *,
    last: str,
    refresh: str,
    variables: Sequence[Builder[VariableModel]] = (),
    annotations: Sequence[tuple[str, str]] = (),
    panels: Sequence[Builder[Panel]],
) -> Model:
    """Return a dashboard that opens on the time `last` before now. Annotations are a name and SQL each."""
    ranges: list[Builder[TimeRange]] = [TimeOption().display(name).from_val(a).to(b) for name, a, b in RANGES]
    dashboard = (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([LINKED])
        .timezone(TIME_ZONE)
        .week_start("monday")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time(f"now-{last}", "now")
        .timepicker(TimePicker().refresh_intervals(REFRESH_INTERVALS).quick_ranges(ranges))
        .refresh(refresh)
        .readonly()
        .link(
            DashboardLink("Dashboards")
            .type(DashboardLinkType.DASHBOARDS)
            .tags([LINKED])
            .include_vars(True)
            .keep_time(True)
        )
    )
    for variable in variables:
        dashboard.with_variable(variable)
    for name, sql in annotations:
        query = AnnotationQuery().name(name).datasource(SOURCE).enable(True).icon_color("red")
        dashboard.annotation(query.target(Query(sql, ref_id="Anno")))
    for panel in panels:
        dashboard.with_panel(panel)
    model = dashboard.build()
    for number, built in enumerate(model.panels or (), 1):
        built.id_val = number
    for link in model.links or ():
        link.placement = None  # type: ignore[assignment]  # above the panels, not in a menu as the SDK would have it
    return model
