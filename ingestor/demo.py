"""`bhav demo`: a simulated week at full speed, a few seconds live, a summary and previews to start from."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from grafana.src import preview
from ingestor import db, sources
from ingestor.prepare import database_url, drop, prepare
from ingestor.service import Service

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console
    from rich.progress import Progress

    from ingestor.config import Settings

MINUTE = 60_000_000
WEEK = timedelta(days=7)
LIVE_PART = 45 * MINUTE
"""How long before the close the fast part ends, so that bars are forming in the live one."""
DATABASE = "bhav_demo"
DASHBOARDS = ("overview", "instrument")


def simulate_week(settings: Settings, live_seconds: int, progress: Progress) -> tuple[str, Service]:
    """Fill the demo's database, made anew, with the newest session and, sparsely, those of the week before.

    Return its URL and the finished run.
    """
    task = progress.add_task("migrating", total=None, note="")
    drop(database_url(settings, DATABASE))
    url, _ = prepare(settings, DATABASE, "replay")
    with db.connect(url, "demo") as connection:
        newest = db.newest_session(connection)
        week = cast(
            "list[tuple[int, int, date]]",
            db.call(connection, "equity_sessions", {"since": newest[2] - WEEK, "days": WEEK.days}),
        )
    opens, closes, _ = newest
    sessions = [session for session in week if session[0] <= opens]
    fast_until = closes - LIVE_PART
    total = sum(min(closed, fast_until) - opened for opened, closed, _ in sessions) / 1e6
    progress.update(task, description="simulating a week", total=total)

    def pulse() -> None:
        if not (service.feed and service.intake):
            return
        done, _ = service.feed.progress()
        progress.update(task, completed=min(done, total), note=f"{service.intake.rate():,.0f} ticks/s")
        if done >= total and not live:
            live.append(time.monotonic())
            progress.update(task, description="live")
            timer = threading.Timer(live_seconds, service.stop.set)
            timer.daemon = True
            timer.start()

    live: list[float] = []
    service = Service(
        url,
        settings,
        lambda connection: sources.simulate(
            connection,
            session_date=sessions[0][2],
            days=len({day for _, _, day in sessions}),
            sparse_until=opens,
            listed_on=newest[2],
            fast_until=fast_until,
        ),
        pulse,
    )
    service.install_signal_handlers()
    service.run()
    return url, service


def draw_previews(console: Console, url: str, settings: Settings) -> None:
    """Draw the dashboards to look at first, and print where."""
    folder = settings.bhav_home / "preview"
    folder.mkdir(parents=True, exist_ok=True)
    console.print("\nThe dashboards as Grafana would show them, to open in a browser:")
    for name in DASHBOARDS:
        path = folder / f"{name}.html"
        preview.write(url, name, path)
        console.print(f"  {path}", soft_wrap=True)
