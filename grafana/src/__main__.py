"""Writes every dashboard's JSON: `python -m grafana.src`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.src.dashboards import data_quality, instrument, multi_timeframe, operations, overview

if TYPE_CHECKING:
    from collections.abc import Callable

    from grafana_foundation_sdk.models.dashboard import Dashboard

FOLDER = Path(__file__).resolve().parents[1] / "dashboards"
DASHBOARDS: dict[str, Callable[[], Dashboard]] = {
    "market/overview": overview.build,
    "market/instrument": instrument.build,
    "market/multi-timeframe": multi_timeframe.build,
    "operations/data-quality": data_quality.build,
    "operations/operations": operations.build,
}
"""By folder and slug; Grafana makes its folders of ours."""


def generated() -> dict[str, str]:
    """Return the JSON of every dashboard by its path in the folder of dashboards."""
    return {
        f"{place}.json": json.dumps(build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for place, build in DASHBOARDS.items()
    }


def main() -> None:
    for place, text in generated().items():
        path = FOLDER / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
