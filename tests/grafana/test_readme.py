"""What the README files show is what works."""

from __future__ import annotations

import json
import re
from textwrap import dedent
from typing import TYPE_CHECKING, Any, cast

import psycopg
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.src.queries import queries
from ingestor.config import ROOT
from tests.grafana.asked import Reader
from tests.grafana.test_dashboards import faults

if TYPE_CHECKING:
    from pathlib import Path

README, GRAFANA = ((ROOT / path / "README.md").read_text() for path in (".", "grafana"))


def blocks(text: str, language: str) -> list[str]:
    return [dedent(block) for block in re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)]


@pytest.fixture(scope="module")
def futures() -> dict[str, Any]:
    """The dashboard of the example, as JSON."""
    (source,) = blocks(GRAFANA, "python")
    module: dict[str, Any] = {}
    exec(compile(source, "grafana/README.md", "exec"), module)
    return cast("dict[str, Any]", json.loads(json.dumps(module["build"](), cls=JSONEncoder)))


def test_the_alert_rules_that_are_shown_are_taken(traded: str) -> None:
    shown = [block for text in (README, GRAFANA) for block in blocks(text, "sql") if "alert_rules" in block]
    assert len(shown) == 2
    with psycopg.connect(traded) as connection:
        connection.execute("set local role bhav_user")
        for block in shown:
            connection.execute(block.encode())
        names = {name for (name,) in connection.execute("select name from ledger.alert_rules")}
        assert names == {"INFY oversold", "five times the usual volume", "INFY is oversold"}
        connection.execute("select * from grafana.alert_user_rules()")
        connection.rollback()


def test_the_dashboard_of_the_example_is_valid(futures: dict[str, Any], shared: Path) -> None:
    assert faults(shared, futures) == []


def test_the_dashboard_of_the_example_shows_every_future(futures: dict[str, Any], traded: str) -> None:
    reader = Reader(traded)
    frames = {query.title: reader.ask(query) for query in queries(futures) if query.kind != "variable"}
    reader.connection.close()
    assert list(frames["Futures"].columns) == ["symbol", "last", "change_percent"]
    assert len(frames["Futures"].rows) > 2
    assert frames["${instrument}"].rows
