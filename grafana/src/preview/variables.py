"""The values of a dashboard's variables: as asked for, else as its JSON says, as far as the database has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grafana.src.preview.reader import QueryError
from grafana.src.queries import variable_sql, variables
from ingestor import db
from ingestor.errors import BhavError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import psycopg

    from grafana.src.macros import Value
    from grafana.src.preview.frames import Frame
    from grafana.src.queries import Json

ALL = "$__all"


def resolve(
    dashboard: Mapping[str, Any],
    chosen: Iterable[str],
    ask: Callable[[str, Mapping[str, Value]], Frame],
    connection: psycopg.Connection,
) -> dict[str, Value]:
    """Return the value of every variable, in their order. Raises BhavError for a choice that makes no sense."""
    listed = [one for one in variables(dashboard) if one["type"] != "datasource"]
    asked = parse(chosen, {one["name"]: bool(one.get("multi")) for one in listed})
    values: dict[str, Value] = {}
    for one in listed:
        options = options_of(one, ask, values)
        value = asked.get(one["name"]) or usual(one, options, connection)
        if ALL in ((value,) if isinstance(value, str) else value):
            value = one.get("allValue") or tuple(options)
        values[one["name"]] = value
    return values


def parse(chosen: Iterable[str], multi: Mapping[str, bool]) -> dict[str, Value]:
    """Read name=value; a variable that takes several values may be named several times."""
    found: dict[str, tuple[str, ...]] = {}
    for text in chosen:
        name, equals, value = text.partition("=")
        if not equals:
            raise BhavError(f"not a variable and its value: {text}", "--var instrument=NSE:INFY")
        if name not in multi:
            raise BhavError(f"this dashboard has no variable {name}", f"it has {', '.join(multi) or 'none'}")
        if name in found and not multi[name]:
            raise BhavError(f"variable {name} takes one value")
        found[name] = (*found.get(name, ()), value)
    return {name: values if multi[name] else values[0] for name, values in found.items()}


def options_of(
    variable: Json, ask: Callable[[str, Mapping[str, Value]], Frame], known: Mapping[str, Value]
) -> list[str]:
    """Return what a variable may be."""
    if sql := variable_sql(variable):
        try:
            frame = ask(sql, known)
        except QueryError:
            return []  # its panels say what is wrong
        field = frame.named("__value") or (frame.fields[0] if frame.fields else None)
        return [str(value) for value in field.values] if field else []
    if variable["type"] in {"custom", "interval"}:
        return [text.partition(" : ")[2] or text for text in map(str.strip, str(variable.get("query", "")).split(","))]
    return [str(variable.get("query", ""))]


def usual(variable: Json, options: list[str], connection: psycopg.Connection) -> Value:
    """Return the JSON's value where it is one of the options, else the most traded instrument, else the first."""
    current = (variable.get("current") or {}).get("value")
    if variable.get("multi"):
        wanted = [current] if isinstance(current, str) else [str(value) for value in current or ()]
        return tuple(value for value in wanted if value in options or value == ALL) or tuple(options[:1])
    first = str(current[0]) if isinstance(current, list) and current else str(current or "")
    if first in options or (first == ALL and variable.get("includeAll")):
        return first
    if variable["name"] == "instrument" and (busiest := db.call(connection, "busiest")):
        return str(busiest[0][0])
    return options[0] if options else first
