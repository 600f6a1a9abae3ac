"""docs/dashboards.md is of these dashboards and alert rules. `make docs` rewrites it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.grafana.asked import DASHBOARDS, NAMED, Reader
from tests.grafana.test_every_query import HOSTILE

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "dashboards.md"
RULES = yaml.safe_load((ROOT / "grafana" / "provisioning" / "alerting" / "rules.yaml").read_text())
ENGINES = 2
SIGNS = {"gt": ">", "lt": "<"}
"""Of a threshold, as Grafana names them."""
INTRODUCTION = """\
# Dashboards

Written by `make docs` from `grafana/dashboards` and `grafana/provisioning/alerting`: do not edit.

Every query below is executed by `tests/grafana/test_every_query.py` as Grafana executes it: by the role `bhav_read`,
variables and macros expanded, on both engines, after two simulated sessions and in an empty database. Its columns must
be what its panel's type needs (a candlestick's `time, open, high, low, close, volume` and further numbers; a series
`time, metric, value`, no point twice; a stat one row; times ascending), no number infinite, and no panel without a
value while something trades. Queries with variables are asked again with each of {hostile} hostile values (quotes,
statements, macros, an empty text …), those of a range also in the future and reversed: no rows and no error. What the
figures are is compared with independent computations in `tests/sql/grafana`.
"""


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
def test_the_document_is_current(empty: str, pytestconfig: pytest.Config) -> None:
    reader = Reader(empty)
    written = document(reader)
    reader.connection.close()
    if pytestconfig.getoption("--write-docs"):
        DOCUMENT.write_text(written)
    assert DOCUMENT.read_text() == written


def document(reader: Reader) -> str:
    lines = [INTRODUCTION.format(hostile=len(HOSTILE))]
    for place, dashboard in DASHBOARDS.items():
        lines += [
            f"## {dashboard['title']}",
            f"`grafana/dashboards/{place}.json`. {dashboard['description']}\n",
            "| kind | title | SQL | columns |",
            "|---|---|---|---|",
        ]
        for name, query in NAMED:
            if name.startswith(f"{place}: "):
                columns = ", ".join(reader.ask(query).columns)
                lines.append(
                    f"| {query.kind} | {query.title} | `{query.sql.replace('|', chr(92) + '|')}` | {columns} |"
                )
        lines.append("")
    lines += [
        "## Alert rules",
        "Executed by `tests/sql/grafana/test_alerting_files.py` as `bhav_read` on both engines: columns of text are",
        "labels, one number is compared. `tests/sql/grafana/test_alerts.py` shows when they speak.\n",
        "| group | title | SQL | alerts at | for |",
        "|---|---|---|---|---|",
    ]
    for group in RULES["groups"]:
        for rule in group["rules"]:
            query, threshold = (part["model"] for part in rule["data"])
            evaluator = threshold["conditions"][0]["evaluator"]
            (limit,) = evaluator["params"]
            level = f"{SIGNS[evaluator['type']]} {limit}"
            lines.append(f"| {group['name']} | {rule['title']} | `{query['rawSql']}` | {level} | {rule['for']} |")
    return "\n".join([*lines, "", *counts()]) + "\n"


def counts() -> list[str]:
    """Return how many queries there are, and how often they are executed."""
    kinds = Counter(query.kind if query.kind in {"variable", "annotation"} else "panel" for _, query in NAMED)
    with_variables = sum("${" in query.sql for _, query in NAMED)
    ranged = sum("$__timeFrom" in query.sql for _, query in NAMED)
    of_futures = sum("${instrument" in query.sql for _, query in NAMED)
    executed = ENGINES * (2 * len(NAMED) + of_futures + with_variables * len(HOSTILE) + 2 * ranged)
    rules = sum(len(group["rules"]) for group in RULES["groups"])
    return [
        "## Counts\n",
        f"{len(DASHBOARDS)} dashboards: {kinds['panel']} queries of panels, {kinds['variable']} of variables,",
        f"{kinds['annotation']} of annotations; {rules} alert rules. The queries of dashboards are executed",
        f"{executed:,} times: on {ENGINES} engines, {len(NAMED)} with data and without, {of_futures} on a future,",
        f"{with_variables} with {len(HOSTILE)} hostile values each, {ranged} over 2 ranges without data.",
    ]
