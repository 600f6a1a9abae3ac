"""Draws a dashboard's JSON, with the queries that Grafana would send, into one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grafana.src.preview.draw import listed, load, preview
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Iterable


def write(
    url: str,
    name: str,
    file: Path,
    *,
    since: str | None = None,
    until: str | None = None,
    chosen: Iterable[str] = (),
) -> None:
    """Write the page of a dashboard, by its name or the path of its JSON. Raises BhavError."""
    found = listed()
    path = found.get(name)
    if path is None and not name.endswith(".json"):
        raise BhavError(f"no dashboard {name}", f"one of {', '.join(found)}, or the path of a JSON file")
    path = path or Path(name)
    of_market = path.parent.name != "operations"
    page = preview(
        url,
        load(path),
        since=since,
        until=until,
        chosen=chosen,
        on_market_clock=of_market or path.stem == "data-quality",  # the daemon's records carry the wall clock
        one_session=of_market,
    )
    try:
        file.write_text(page)
    except OSError as error:
        raise BhavError(f"cannot write {file}: {error.strerror}") from error
