"""The command `bhav`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime  # noqa: TC003 - typer reads annotations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import psycopg
import typer
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from ingestor import locate, log, sources
from ingestor.checks import check_database, check_version
from ingestor.commands import backfill, calendar, login, watch
from ingestor.commands import instruments as listed
from ingestor.commands.database import DatabaseOption
from ingestor.commands.progress import progress_bar
from ingestor.commands.summary import summarize
from ingestor.config import Settings
from ingestor.errors import BhavError
from ingestor.feeds.connection import Faults
from ingestor.prepare import broker_clock, database_url, prepare, require_clock
from ingestor.service import Service

if TYPE_CHECKING:
    from psycopg.sql import Composed

    from ingestor.model import Feed

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Bhav: Indian market data and signals in SQL.")
app.command()(login.login)
app.command()(backfill.backfill)
app.add_typer(listed.app, name="instruments")
app.add_typer(calendar.app, name="calendar")
app.add_typer(watch.app, name="watch")
console = Console(highlight=False)

TIME_HELP = "2026-11-20T10:15 (IST), now, now-6h or now-1d/d of the market clock."
Clock = Literal["wall", "replay"]


def main() -> None:
    """Run the command line; an error that the user can act on is printed as a sentence and a hint."""
    try:
        app()
    except BhavError as error:
        fail(error.message, error.hint)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        fail("; ".join(faults), "see .env.example")
    except psycopg.Error as error:
        hint = "is it for the user of DATABASE_URL to do?" if isinstance(error, errors.InsufficientPrivilege) else ""
        fail(f"the database answers: {str(error).strip()}", hint)
    except OSError as error:
        fail(str(error), "")


def fail(message: str, hint: str) -> None:
    """Print why the command cannot go on, and exit."""
    stderr = Console(stderr=True, highlight=False, soft_wrap=True)
    stderr.print(f"[red]error:[/red] {escape(message)}")
    if hint:
        stderr.print(f"hint: {escape(hint)}")
    sys.exit(1)


@app.command()
def up() -> None:
    """Find the database, or start one, and print where it is."""
    settings = Settings()
    database = locate.up(settings)
    console.print(f"{database.origin}: {redacted(database.url)}", soft_wrap=True)


@app.command()
def down() -> None:
    """Stop the server that `bhav up` started."""
    console.print("stopped" if locate.down(Settings()) else "was not running")


@app.command()
def migrate(
    database: DatabaseOption = None,
    clock: Annotated[Clock | None, typer.Option(help="Of the market.", show_default="as BROKER needs it")] = None,
) -> None:
    """Create the database if need be and bring it to this version."""
    settings = Settings()
    url, result = prepare(settings, database, clock or broker_clock(settings))
    done = "rebuilt" if result.rebuilt else "already current"
    console.print(f"{conninfo_to_dict(url)['dbname']}: {result.engine} engine, {done}")


def simulated(text: str) -> typer.models.OptionInfo:
    """Declare an option of the simulated market."""
    option: typer.models.OptionInfo = typer.Option(help=text, rich_help_panel="Simulated market")
    return option


@app.command()
def run(  # noqa: PLR0917 - the options of a command
    database: DatabaseOption = None,
    instruments: Annotated[int | None, simulated("How many instruments.")] = None,
    speed: Annotated[float, simulated("Times real time; 0 is as fast as it goes.")] = 1.0,
    seed: Annotated[int, simulated("Another seed is another market.")] = 1,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%H:%M"], help="Start at this time of day (IST).", rich_help_panel="Simulated market"),
    ] = None,
    disconnect_every: Annotated[float | None, simulated("Seconds for which the connection holds.")] = None,
    outage: Annotated[float, simulated("Seconds for which it then stays away.")] = 30.0,
    duplicate: Annotated[float, simulated("Probability that a tick arrives twice.")] = 0.0,
    reorder: Annotated[float, simulated("Probability that a tick arrives seconds late.")] = 0.0,
) -> None:
    """Run the daemon: take the broker's ticks into the database until stopped."""
    settings = Settings()
    log.configure(settings.log_level)
    url = database_url(settings, database)
    check_version(url, settings)
    require_clock(url, broker_clock(settings))

    def feed(connection: psycopg.Connection) -> Feed:
        if settings.broker != "simulate":
            return sources.live(settings)
        return sources.simulate(
            connection,
            instruments=instruments,
            speed=speed,
            seed=seed,
            start=start.time() if start else None,
            resume=True,
            faults=Faults(disconnect_every, outage, duplicate, reorder),
        )

    service = Service(url, settings, feed)
    service.install_signal_handlers()
    service.run()


@app.command()
def replay(  # noqa: PLR0917 - the options of a command
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="CSV, CSV.gz or Parquet files.")],
    database: Annotated[str, typer.Option("--database", "-d", help="Name of the database.")] = "bhav_replay",
    speed: Annotated[float, typer.Option(help="Times real time; 0 is as fast as it goes.")] = 0.0,
    columns: Annotated[str | None, typer.Option(help="Column mapping, as in 'time=0,price=1,volume=2'.")] = None,
    symbol: Annotated[list[str] | None, typer.Option(help="Symbol of files, as in '*INFY*=NSE:INFY'.")] = None,
    redate: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Move the last day here.")] = None,
) -> None:
    """Replay recorded ticks or bars into a database of its own, through the whole daemon."""
    settings = Settings()
    log.configure("WARNING")
    url, _ = prepare(settings, database, "replay")
    with progress_bar() as progress:
        task = progress.add_task("replaying", total=None, note="")

        def pulse() -> None:
            if service.feed:
                done, total = service.feed.progress()
                progress.update(task, completed=done, total=total, note=rate(service))

        service = Service(
            url,
            settings,
            lambda connection: sources.replay(
                connection,
                files,
                columns=columns,
                symbols=symbol or (),
                speed=speed,
                redate=redate and redate.date(),
            ),
            pulse,
        )
        service.install_signal_handlers()
        service.run()
    summarize(console, url, service)


@app.command()
def demo(
    live_seconds: Annotated[int, typer.Option(help="How long the market goes on at real speed.")] = 5,
) -> None:
    """Simulate a week into a database of its own, go on live for a few seconds, and show what is there."""
    from ingestor import demo as demonstration  # noqa: PLC0415 - slow to import, and other commands need it not

    log.configure("ERROR")
    settings = Settings()
    with progress_bar() as progress:
        url, service = demonstration.simulate_week(settings, live_seconds, progress)
    summarize(console, url, service)
    demonstration.draw_previews(console, url, settings)


@app.command()
def preview(  # noqa: PLR0917 - the options of a command
    dashboard: Annotated[
        str, typer.Argument(help="overview, instrument, … or the path of a JSON file.")
    ] = "instrument",
    database: DatabaseOption = None,
    var: Annotated[
        list[str] | None, typer.Option(help="A variable, as in 'instrument=NSE:INFY'; again for more.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help=TIME_HELP, show_default="newest session")] = None,
    until: Annotated[str | None, typer.Option("--to", help=TIME_HELP, show_default="newest session")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, show_default="DASHBOARD.html")
    ] = None,
) -> None:
    """Draw a dashboard with its own queries into one HTML page, for machines without Grafana."""
    from grafana.src.preview import write  # noqa: PLC0415 - likewise

    settings = Settings()
    url = database_url(settings, database)
    check_version(url, settings)
    path = output or Path(f"{Path(dashboard).stem}.html")
    write(url, dashboard, path, since=since, until=until, chosen=var or ())
    console.print(f"preview: {path}", soft_wrap=True)


@app.command()
def export(  # noqa: PLR0917 - likewise
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Ends in .csv or .parquet.")],
    query: Annotated[str | None, typer.Option("--sql", help="The query whose rows are written.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Or the instrument whose candles are: NSE:INFY.")] = None,
    timeframe: Annotated[str, typer.Option(help="Of the candles: 1m, 5m, 75m, 1d, …")] = "1d",
    since: Annotated[str | None, typer.Option(help=TIME_HELP, show_default="the current trading day")] = None,
    until: Annotated[str | None, typer.Option(help=TIME_HELP + " Exclusive.", show_default="no end")] = None,
    database: DatabaseOption = None,
) -> None:
    """Write a query's rows or a range of candles to a CSV or Parquet file."""
    from ingestor import export as exports  # noqa: PLC0415 - likewise

    if (query is None) == (symbol is None):
        raise BhavError(
            "export wants either --sql or --symbol", "bhav export infy.csv --symbol NSE:INFY --timeframe 5m"
        )
    settings = Settings()
    url = database_url(settings, database)
    check_version(url, settings)
    asked: str | Composed = query or exports.candles(url, symbol or "", timeframe, since, until)
    with progress_bar() as progress:
        task = progress.add_task("exporting", total=None, note="")
        count = exports.export(url, asked, file, lambda note: progress.update(task, note=note))
    console.print(f"{count:,} rows: {file}", soft_wrap=True)


@app.command()
def check(database: DatabaseOption = None) -> None:
    """Say whether the database is reachable and current, and whether ticks arrive; exit 1 when not."""
    settings = Settings()
    for line in check_database(database_url(settings, database), settings):
        console.print(line)


@app.command()
def dsn(database: DatabaseOption = None) -> None:
    """Print the connection string, password included."""
    typer.echo(database_url(Settings(), database))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context, database: DatabaseOption = None) -> None:
    """Open psql on the database; further arguments go to psql."""
    settings = Settings()
    url = database_url(settings, database)
    own = locate.locate(settings).server
    program = shutil.which("psql") or (own and str(own.bindir / "psql"))
    if not program:
        raise BhavError("psql is not installed", "install a PostgreSQL client; bhav dsn prints the connection string")
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    sys.exit(
        subprocess.run([program, make_conninfo("", **parts), *context.args], env=environment, check=False).returncode
    )


def rate(service: Service) -> str:
    return f"{service.intake.rate():,.0f} ticks/s" if service.intake else ""


def redacted(url: str) -> str:
    """Return a connection string without its password."""
    parts = {key: value for key, value in conninfo_to_dict(url).items() if key != "password"}
    return make_conninfo("", **parts)
