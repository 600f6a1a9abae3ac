"""The dashboards as they are committed: made by their generator, valid to Grafana, whole, and safe to read from."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from jsonschema import Draft7Validator

from grafana.src import fields
from grafana.src.__main__ import FOLDER, generated
from grafana.src.queries import queries
from grafana.src.serve import environment, program
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = {str(path.relative_to(FOLDER)): path.read_text() for path in sorted(FOLDER.rglob("*.json"))}
DASHBOARDS: dict[str, dict[str, Any]] = {place: json.loads(text) for place, text in COMMITTED.items()}
PANELS: dict[str, dict[str, Any]] = {
    f"{dashboard['uid']}: {panel['title']}": panel for dashboard in DASHBOARDS.values() for panel in dashboard["panels"]
}
CHARTS = {name: panel for name, panel in PANELS.items() if panel["type"] in {"candlestick", "timeseries"}}
TABLES = {name: panel for name, panel in PANELS.items() if panel["type"] == "table"}
AS_QUERIED = {
    name: panel
    for name, panel in PANELS.items()
    if panel["targets"][0]["format"] == "table" and not panel.get("transformations")
}
SCREEN = 1600
"""Pixels across a page on which no table may be wider than its panel."""
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]
PASSWORDS = {"BHAV_READ_PASSWORD": "read", "GF_SECURITY_ADMIN_PASSWORD": "admin"}

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)
every_panel = pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)


def schema(shared: Path, name: str) -> dict[str, Any]:
    definitions = json.loads((shared / "data" / "grafana-jsonschema" / f"{name}.json").read_text())
    return dict(definitions)


def violations(definitions: dict[str, Any], name: str, value: object) -> list[str]:
    validator = Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def styles(panel: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Properties by the column that they are for."""
    return {
        override["matcher"]["options"]: {each["id"]: each.get("value") for each in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["id"] == "byName"
    }


def test_what_is_committed_is_what_the_generator_writes() -> None:
    assert generated() == COMMITTED


def faults(shared: Path, dashboard: dict[str, Any]) -> list[str]:
    """Say where a dashboard is not what Grafana's schema says."""
    definitions = schema(shared, "dashboard")["definitions"]
    # any value is meant: the exported schema says object, which no override of Grafana's own satisfies
    definitions["DynamicConfigValue"]["properties"]["value"] = {}
    definitions["MatcherConfig"]["properties"]["options"] = {}
    found = violations(definitions, "Dashboard", dashboard)
    for panel in dashboard["panels"]:
        found += violations(definitions, "Panel", panel)
    return found


@every_dashboard
def test_a_dashboard_is_what_grafanas_schema_says(dashboard: dict[str, Any], shared: Path) -> None:
    assert dashboard["schemaVersion"] == 42
    assert faults(shared, dashboard) == []


@pytest.mark.parametrize("panel", CHARTS.values(), ids=CHARTS)
def test_a_charts_options_are_what_its_schema_says(panel: dict[str, Any], shared: Path) -> None:
    definitions = schema(shared, panel["type"])["definitions"]
    assert violations(definitions, "Options", panel["options"]) == []
    assert violations(definitions, "FieldConfig", panel["fieldConfig"]["defaults"]["custom"]) == []


def test_a_uid_is_made_of_its_files_name() -> None:
    uids = [dashboard["uid"] for dashboard in DASHBOARDS.values()]
    assert uids == [f"bhav-{Path(place).stem}" for place in DASHBOARDS]
    assert len(set(uids)) == len(uids)


@every_dashboard
def test_panels_have_a_place_of_their_own(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
        for g in (panel["gridPos"] for panel in panels)
    ]
    assert all(0 <= x < 24 for panel in cells for x, _ in panel)
    assert not any(a & b for a, b in combinations(cells, 2))
    height = max(y for panel in cells for _, y in panel) + 1
    assert sum(map(len, cells)) == 24 * height, "there are holes between the panels"


@every_panel
def test_a_panel_says_what_it_shows(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["title"]
    assert re.fullmatch(r"[A-Z].*\.", panel["description"])
    assert defaults["unit"]
    assert re.fullmatch(r"[a-z$].+[^.]", defaults["noValue"]), "shown where there is no data"
    assert panel["datasource"] == {"type": "grafana-postgresql-datasource", "uid": "bhav"}
    assert [target["datasource"] for target in panel["targets"]] == [panel["datasource"]]


@every_panel
def test_prices_are_not_shortened(panel: dict[str, Any]) -> None:
    for column, style in styles(panel).items():
        if column in {"last", "open", "high", "low", "close", "previous_close", "price", "bid_price", "ask_price"}:
            assert style.get("unit", panel["fieldConfig"]["defaults"]["unit"]) in {fields.RUPEES, fields.POINTS}
            assert style.get("decimals", panel["fieldConfig"]["defaults"].get("decimals")) == 2


@every_dashboard
def test_sql_is_one_line_over_the_schema_grafana(dashboard: dict[str, Any]) -> None:
    for query in queries(dashboard):
        assert "\n" not in query.sql
        assert ";" not in query.sql
        assert "--" not in query.sql
        assert query.sql.startswith("select ")
        relations = re.findall(r"\b(?:from|join)\s+([\w.]+)", query.sql)
        assert relations
        assert all(relation.startswith("grafana.") for relation in relations)


@every_dashboard
def test_sql_knows_no_dollar_but_safe_ones(dashboard: dict[str, Any]) -> None:
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    for query in queries(dashboard):
        rest = query.sql
        for name in names:
            rest = re.sub(rf"(?<!')\$\{{{name}:sqlstring\}}(?!')", "", rest)
        rest = re.sub(r"\$__time(From|To)\(\)::timestamptz", "", rest)
        assert "$" not in rest
        assert "[[" not in rest


@every_dashboard
def test_a_dashboard_is_on_market_time(dashboard: dict[str, Any]) -> None:
    assert dashboard["timezone"] == "Asia/Kolkata"
    assert dashboard["graphTooltip"] == 1
    assert dashboard["editable"] is False
    assert dashboard["refresh"] in dashboard["timepicker"]["refresh_intervals"]


@every_dashboard
def test_links_keep_variables_and_range(dashboard: dict[str, Any]) -> None:
    (link,) = dashboard["links"]
    assert link["type"] == "dashboards"
    assert link["includeVars"]
    assert link["keepTime"]
    assert "placement" not in link, "it would be in a menu"
    assert set(link["tags"]) <= set(dashboard["tags"])
    assert {"instrument", "timeframe"} <= {variable["name"] for variable in dashboard["templating"]["list"]}


def test_a_symbol_in_a_table_opens_its_dashboard() -> None:
    uids = {dashboard["uid"] for dashboard in DASHBOARDS.values()}
    links = [
        link
        for dashboard in DASHBOARDS.values()
        for panel in dashboard["panels"]
        for style in styles(panel).values()
        for link in style.get("links", ())
    ]
    assert links
    for link in links:
        assert re.match(r"/d/([\w-]+)/", link["url"])[1] in uids  # type: ignore[index]
        assert "var-instrument=${__value.raw:percentencode}" in link["url"]
        assert "${__url_time_range}" in link["url"]


@every_dashboard
def test_variables_start_with_one_of_their_options(dashboard: dict[str, Any]) -> None:
    for variable in dashboard["templating"]["list"]:
        chosen = variable["current"]["value"]
        assert isinstance(chosen, list) == variable.get("multi", False)
        if variable["type"] == "custom":
            assert ({chosen} if isinstance(chosen, str) else set(chosen)) <= set(variable["query"].split(","))


@pytest.mark.parametrize("panel", AS_QUERIED.values(), ids=AS_QUERIED)
def test_a_styled_column_exists_and_a_tables_column_is_styled(panel: dict[str, Any], empty: str) -> None:
    (target,) = panel["targets"]
    sql = re.sub(r"array\[\$\{\w+:sqlstring\}\]", "array[]", target["rawSql"])
    sql = re.sub(r"\$\{\w+:sqlstring\}", "'auto'", sql)
    sql = re.sub(r"\$__time(From|To)\(\)", "'2026-08-03'", sql)
    with psycopg.connect(empty, autocommit=True) as connection:
        columns = {column.name for column in connection.execute(sql).description or ()}
    assert set(styles(panel)) <= columns
    if panel["type"] == "table":
        assert columns == set(styles(panel))


@pytest.mark.parametrize("function", ["feed_state", "job_status"])
def test_every_state_has_its_colour(function: str) -> None:
    (panel,) = (panel for panel in PANELS.values() if f"grafana.{function}()" in panel["targets"][0]["rawSql"])
    ((mapping,),) = (style["mappings"] for name, style in styles(panel).items() if name == "state")
    sql = (ROOT / "sql/80_grafana" / f"{function}.sql").read_text()
    assert set(mapping["options"]) == set(re.findall(r"\b(?:then|else) '(\w+)'", sql))


@pytest.mark.parametrize("panel", TABLES.values(), ids=TABLES)
def test_a_table_is_not_wider_than_its_panel(panel: dict[str, Any]) -> None:
    least = panel["fieldConfig"]["defaults"]["custom"]["minWidth"]
    widths = [style.get("custom.width", style.get("custom.minWidth", least)) for style in styles(panel).values()]
    assert sum(widths) < panel["gridPos"]["w"] * SCREEN / 24 - 24


def test_the_matrix_has_a_styled_column_for_each_indicator(traded: str) -> None:
    panel = PANELS["bhav-multi-timeframe: Indicators"]
    (transpose,) = panel["transformations"]
    sql = panel["targets"][0]["rawSql"].replace("${instrument:sqlstring}", "'NSE:INFY'")
    with psycopg.connect(traded, autocommit=True) as connection:
        indicators = {row[0] for row in connection.execute(sql.encode())}
    assert transpose["id"] == "transpose"
    assert set(styles(panel)) == indicators | {transpose["options"]["firstFieldName"]}


def test_dashboards_change_in_the_generator_only() -> None:
    (provider,) = yaml.safe_load((ROOT / "grafana/provisioning/dashboards/bhav.yaml").read_text())["providers"]
    assert provider["allowUiUpdates"] is False
    assert provider["options"]["foldersFromFilesStructure"] is True
    mounts = dict(volume.split(":")[:2] for volume in COMPOSE["volumes"])
    assert COMPOSE["environment"]["BHAV_DASHBOARDS"] == mounts["./grafana/dashboards"]
    assert mounts["./grafana/provisioning"] == "/etc/grafana/provisioning"
    assert mounts["./grafana/grafana.ini"] == "/etc/grafana/grafana.ini"


def test_the_data_source_is_the_one_that_dashboards_name() -> None:
    (source,) = yaml.safe_load((ROOT / "grafana/provisioning/datasources/bhav.yaml").read_text())["datasources"]
    assert {key: source[key] for key in ("type", "uid")} == DASHBOARDS["market/overview.json"]["panels"][0][
        "datasource"
    ]
    assert source["user"] == "bhav_read"
    assert source["secureJsonData"] == {"password": "$BHAV_READ_PASSWORD"}
    assert source["editable"] is False


def in_compose() -> set[str]:
    return set(COMPOSE["environment"])


def without_docker() -> set[str]:
    return set(environment(PASSWORDS, "postgresql://postgres@127.0.0.1:54330/bhav", Path("data")))


@pytest.mark.parametrize("variables", [in_compose, without_docker])
def test_every_variable_of_the_provisioning_is_set(variables: Callable[[], set[str]]) -> None:
    named = set()
    for path in [*ROOT.glob("grafana/provisioning/*/*.yaml"), ROOT / "grafana/grafana.ini"]:
        named |= set(re.findall(r"(?<!\$)\$(?:__env)?\{?([A-Z][A-Z_]+)", path.read_text()))
    assert {"BHAV_READ_ADDRESS", "BHAV_READ_PASSWORD", "BHAV_DASHBOARDS"} <= named
    assert named <= variables()


def test_grafana_without_docker_reaches_the_database_that_the_url_names() -> None:
    url = "postgresql://someone:secret@db.example:6432/market?sslmode=verify-full"
    made = environment(PASSWORDS | {"BHAV_ALERT_EMAIL": ""}, url, Path("data"))
    assert made["BHAV_READ_ADDRESS"] == "db.example:6432"
    assert made["BHAV_READ_DATABASE"] == "market"
    assert made["BHAV_READ_SSLMODE"] == "verify-full"
    assert made["BHAV_ALERT_EMAIL"], "Grafana would not start"
    assert made["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert "secret" not in made.values()


@pytest.mark.parametrize("name", PASSWORDS)
def test_no_password_is_made_up(name: str) -> None:
    with pytest.raises(BhavError, match=name):
        environment(PASSWORDS | {name: ""}, "postgresql://db/bhav", Path("data"))


def test_a_missing_grafana_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BhavError, match="there is no"):
        program(str(tmp_path))
