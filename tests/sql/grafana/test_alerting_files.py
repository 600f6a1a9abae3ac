"""The alerting files that Grafana provisions: their queries run as it runs them, and what they refer to is there."""

from __future__ import annotations

import json
from datetime import time
from typing import TYPE_CHECKING, Any, LiteralString, cast

import pytest
import yaml
from jsonschema import validate

from ingestor.config import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

FOLDER = ROOT / "grafana" / "provisioning" / "alerting"
FILES = [yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yaml"))]
TEXT, DOUBLE = 25, 701


def listed(kind: str) -> list[dict[str, Any]]:
    return [entry for file in FILES for entry in file.get(kind, [])]


GROUPS = listed("groups")
RULES = [rule for group in GROUPS for rule in group["rules"]]
RECEIVERS = [receiver for point in listed("contactPoints") for receiver in point["receivers"]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["uid"])
def test_a_query_gives_labels_and_one_number(db: psycopg.Connection, rule: dict[str, Any]) -> None:
    query = rule["data"][0]
    assert (query["datasourceUid"], query["model"]["format"]) == ("bhav", "table")
    assert "$" not in query["model"]["rawSql"], "an alert has no dashboard variables"
    db.execute("set role bhav_read")
    db.execute("set default_transaction_read_only = on")
    described = db.execute(cast("LiteralString", query["model"]["rawSql"])).description
    assert described is not None
    kinds = {column.name: column.type_code for column in described}
    assert kinds.pop("value") == DOUBLE
    assert set(kinds.values()) == {TEXT}
    template = rule["annotations"]["summary"]
    assert all(f"$labels.{label} " in template for label in kinds)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["uid"])
def test_a_rule_compares_its_query_with_a_threshold(rule: dict[str, Any]) -> None:
    query, threshold = rule["data"]
    assert rule["condition"] == threshold["refId"] == threshold["model"]["refId"]
    assert threshold["datasourceUid"] == "__expr__"
    assert threshold["model"]["type"] == "threshold"
    assert threshold["model"]["expression"] == query["refId"] == query["model"]["refId"]
    assert rule["noDataState"] == "OK"
    settings = rule["notification_settings"]
    assert settings["receiver"] in {point["name"] for point in listed("contactPoints")}
    muted = set() if rule["uid"] == "bhav-token-expiry" else {mute["name"] for mute in listed("muteTimes")}
    assert set(settings.get("mute_time_intervals", ())) == muted, "a login is due before the market opens"
    assert {"grafana_folder", "alertname"} <= set(settings["group_by"])


def test_one_rule_tells_when_the_database_does_not_answer() -> None:
    assert sorted(rule["execErrState"] for rule in RULES) == ["Error"] + ["KeepLast"] * (len(RULES) - 1)


def test_every_alert_of_the_tree_has_a_rule_and_every_name_is_used_once() -> None:
    functions = {path.stem for path in (ROOT / "sql" / "80_grafana").glob("alert_*.sql")}
    called = [rule["data"][0]["model"]["rawSql"] for rule in RULES]
    assert sorted(called) == sorted(f"select * from grafana.{name}()" for name in functions)
    for names in (
        [rule["uid"] for rule in RULES],
        [rule["title"] for rule in RULES],
        [group["name"] for group in GROUPS],
        [receiver["uid"] for receiver in RECEIVERS],
        [point["name"] for point in listed("contactPoints")],
    ):
        assert len(names) == len(set(names))
        assert all(len(name) <= 40 for name in names)


def test_addresses_come_from_the_environment() -> None:
    assert {receiver["type"] for receiver in RECEIVERS} == {"webhook", "email"}
    for receiver in RECEIVERS:
        (address,) = receiver["settings"].values()
        assert address.startswith("$BHAV_ALERT_")
    (policy,) = listed("policies")
    assert policy["receiver"] in {point["name"] for point in listed("contactPoints")}


def test_no_trading_session_is_muted(db: psycopg.Connection) -> None:
    db.execute("call market.build_sessions('2024-01-01', '2028-01-01')")
    for mute in listed("muteTimes"):
        for interval in mute["time_intervals"]:
            assert interval["location"] == "Asia/Kolkata"
            for span in interval["times"]:
                since, until = (time.fromisoformat(span[edge]) for edge in ("start_time", "end_time"))
                inside = db.execute(
                    "select count(*), count(*) filter (where opens_at::time < %s and closes_at::time > %s)"
                    " from market.sessions",
                    (until, since),
                ).fetchone()
                assert inside is not None
                assert inside[0] > 0
                assert inside[1] == 0


def test_the_parts_are_those_of_grafanas_schema(shared: Path) -> None:
    schema = json.loads((shared / "data" / "grafana-jsonschema" / "alerting.json").read_text())

    def check(part: object, name: str) -> None:
        validate(part, {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]})

    for rule in RULES:
        check(rule["notification_settings"], "NotificationSettings")
        for query in rule["data"]:
            check(query, "Query")
    for receiver in RECEIVERS:
        check(receiver, "ContactPoint")
    for policy in listed("policies"):
        check({key: value for key, value in policy.items() if key != "orgId"}, "NotificationPolicy")
