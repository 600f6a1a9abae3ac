"""What Grafana makes of a panel's SQL: variables first, in the browser, then the PostgreSQL data source's macros.

Stricter than Grafana in one thing: what it would leave in the SQL as it stands, or what changed its meaning between
releases (an unknown variable, a bare $variable), is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value = str | tuple[str, ...]
"""Of a variable: one text, or those chosen where several can be."""

VARIABLE = re.compile(
    r"\$(?P<bare>[A-Za-z_]\w*)(?P<call>\()?|\[\[(?P<old>\w+)(?::\w+)?\]\]|\$\{(?P<name>\w+)(?::(?P<format>\w+))?[^}]*\}"
)
COMMENT = re.compile(
    r"""(?P<kept>'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)|--[^\n]*|/\*.*?\*/""", re.DOTALL
)
MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
FIRST_PLAIN, FIRST_SCIENTIFIC = 1e-4, 1e6
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MacroError(BhavError):
    """A query that Grafana would refuse or misread."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """What a dashboard shows."""

    since: datetime
    until: datetime


def sqlstring(text: str) -> str:
    """Quote a text as Grafana's `:sqlstring`: safe, but a double quote gains a backslash."""
    escaped = text.replace("'", "''").replace('"', '\\"')
    return f"'{escaped}'"


def singlequote(text: str) -> str:
    """Quote a text as Grafana's `:singlequote`: wrong for PostgreSQL."""
    escaped = text.replace("'", "\\'")
    return f"'{escaped}'"


def doublequote(text: str) -> str:
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


FORMATS: dict[str, Callable[[str], str]] = {
    "sqlstring": sqlstring,
    "singlequote": singlequote,
    "doublequote": doublequote,
    "csv": str,
    "raw": str,
}


def interpolate(sql: str, variables: Mapping[str, Value], time_range: TimeRange, interval: timedelta) -> str:
    """Replace variables as the browser does. Raises MacroError for a bare or unknown one, or an unknown format."""
    builtin = {
        "__interval": interval_text(interval),
        "__interval_ms": str(interval // timedelta(milliseconds=1)),
        "__from": str((time_range.since - EPOCH) // timedelta(milliseconds=1)),
        "__to": str((time_range.until - EPOCH) // timedelta(milliseconds=1)),
        "__timezone": "Asia/Kolkata",
    }

    def replace(match: re.Match[str]) -> str:
        bare = match["bare"] or match["old"]
        if bare in builtin:
            return builtin[bare] + (match["call"] or "")
        if bare and bare.startswith("__"):
            if not match["call"]:
                raise MacroError(f"macro ${bare} without its parentheses", f"write ${bare}()")
            return match[0]
        if bare:
            raise MacroError(f"bare variable ${bare}", f"write ${{{bare}:sqlstring}}, without quotes around it")
        name, form = match["name"], match["format"]
        if name in builtin and not form:
            return builtin[name]
        if name not in variables:
            raise MacroError(f"unknown variable: {name}", f"known are {', '.join(variables) or 'none'}")
        if form not in FORMATS:
            raise MacroError(
                f"variable {name} with {f'the format {form}' if form else 'no format'}", "write :sqlstring"
            )
        value = variables[name]
        return ",".join(FORMATS[form](text) for text in ((value,) if isinstance(value, str) else value))

    return VARIABLE.sub(replace, sql)


def title(text: str, variables: Mapping[str, Value]) -> str:
    """Replace variables in a title or description, several values as `a + b`; what is unknown stays as it is."""

    def replace(match: re.Match[str]) -> str:
        value = variables.get(match["bare"] or match["old"] or match["name"])
        if value is None:
            return match[0]
        return (value if isinstance(value, str) else " + ".join(value)) + (match["call"] or "")

    return VARIABLE.sub(replace, text)


def expand(sql: str, time_range: TimeRange, interval: timedelta) -> str:
    """Expand macros as the provisioned data source does. Raises MacroError for an unknown one."""
    for name, value in (
        ("$__interval_ms", str(interval // timedelta(milliseconds=1))),
        ("$__interval", interval_text(interval)),
        ("$__unixEpochFrom()", seconds_since_1970(time_range.since)),
        ("$__unixEpochTo()", seconds_since_1970(time_range.until)),
    ):
        sql = sql.replace(name, value)
    sql = COMMENT.sub(lambda match: match["kept"] or " ", sql)

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        after = sql.index(match[0]) + len(match[0])
        if name == "__timeGroup" and sql[after : after + 1] == ",":  # of the first identical text: so does Grafana
            name = "__timeGroupAlias"
        return macro(name, [argument.strip(" ") for argument in match[2].split(",")], time_range)

    return MACRO.sub(replace, sql)


def macro(name: str, arguments: list[str], time_range: TimeRange) -> str:
    """Return what one macro becomes. Raises MacroError when it is unknown or lacks arguments."""
    column = arguments[0]
    if name.endswith("GroupAlias"):
        return macro(name.removesuffix("Alias"), arguments, time_range) + ' AS "time"'
    if name in {"__timeGroup", "__unixEpochGroup"}:
        if len(arguments) == 1:
            raise MacroError(f"macro {name} needs a time column and an interval")
        width = parse_interval(arguments[1].strip("'"))
        if name == "__unixEpochGroup":
            return f"floor(({column})/{go_float(width)})*{go_float(width)}"
        return f"floor(extract(epoch from {column})/{go_float(width)})*{go_float(width)}"
    since, until = time_range.since, time_range.until
    known = {
        "__time": f'{column} AS "time"',
        "__timeEpoch": f'extract(epoch from {column}) as "time"',
        "__timeFilter": f"{column} BETWEEN '{rfc3339(since)}' AND '{rfc3339(until)}'",
        "__timeFrom": f"'{rfc3339(since)}'",
        "__timeTo": f"'{rfc3339(until)}'",
        "__unixEpochFilter": (f"{column} >= {seconds_since_1970(since)} AND {column} <= {seconds_since_1970(until)}"),
        "__unixEpochNanoFilter": f"{column} >= {nanoseconds(since)} AND {column} <= {nanoseconds(until)}",
        "__unixEpochNanoFrom": nanoseconds(since),
        "__unixEpochNanoTo": nanoseconds(until),
    }
    if name not in known:
        raise MacroError(f'unknown macro "{name}"')
    return known[name]


def parse_interval(text: str) -> float:
    """Return the seconds of `5m`, `1h30m`, `1d`, `2w`. Months and years have no fixed length: MacroError."""
    if match := re.fullmatch(r"(\d+)([dw])", text):
        return float(match[1]) * SECONDS[match[2]]
    parts = DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise MacroError(f"error parsing interval {text}", "as in 5m, 1h, 1d or 1w")
    return sum(float(number) * SECONDS[unit] for number, unit in parts)


def interval_text(interval: timedelta) -> str:
    """Write an interval in its largest whole unit, as `$__interval` does."""
    milliseconds = interval // timedelta(milliseconds=1)
    units = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))
    return next(
        (f"{milliseconds // size}{unit}" for unit, size in units if milliseconds % size == 0), f"{milliseconds}ms"
    )


def go_float(value: float) -> str:
    """Write a number as Go's %v: 300, 0.2, 2.592e+06."""
    if FIRST_PLAIN <= value < FIRST_SCIENTIFIC:
        return repr(value).removesuffix(".0")
    return next(text for digits in range(17) if float(text := f"{value:.{digits}e}") == value)


def rfc3339(time: datetime) -> str:
    """Write a time in UTC; its fraction only where it has one, without trailing zeros."""
    text = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".") + "Z"


def seconds_since_1970(time: datetime) -> str:
    return str((time - EPOCH) // timedelta(seconds=1))


def nanoseconds(time: datetime) -> str:
    return str((time - EPOCH) // timedelta(microseconds=1) * 1000)
