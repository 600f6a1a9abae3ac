"""What a panel's query returned, as Grafana's data frames."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["time", "number", "boolean", "string"]


class FrameError(ValueError):
    """A result that Grafana cannot show in the format that was asked for."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column."""

    name: str
    kind: Kind
    values: list[Any]
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """The columns of one query's result."""

    ref_id: str
    fields: list[Field]

    @property
    def rows(self) -> int:
        return len(self.fields[0].values) if self.fields else 0

    def first(self, kind: Kind) -> Field | None:
        return next((one for one in self.fields if one.kind == kind), None)

    def named(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


def time_series(frame: Frame) -> Frame:
    """Turn a long frame wide: a number's column becomes a series for each set of its row's texts.

    Raises FrameError without a column `time`, or when its rows are not in the order of time.
    """
    time = frame.named("time")
    if time is None or time.kind != "time":
        raise FrameError('a time series needs a column named "time"')
    if any(one is None for one in time.values):
        raise FrameError("a time series has a row without a time")
    if time.values != sorted(time.values):
        raise FrameError("the rows of a time series must be in the order of time")
    texts = [one for one in frame.fields if one.kind == "string"]
    numbers = [one for one in frame.fields if one.kind in {"number", "boolean"}]
    if not texts:
        return Frame(frame.ref_id, [time, *numbers])
    moments = sorted(set(time.values))
    place = {moment: index for index, moment in enumerate(moments)}
    series: dict[tuple[Any, ...], Field] = {}
    for row, moment in enumerate(time.values):
        labels = {one.name: str(one.values[row] or "") for one in texts}
        for number in numbers:
            key = (number.name, *labels.values())
            if key not in series:
                name, kept = number.name, labels
                if len(frame.fields) == 3 and list(labels) == ["metric"]:  # noqa: PLR2004
                    name, kept = labels["metric"], {}
                series[key] = Field(name, "number", [None] * len(moments), kept)
            series[key].values[place[moment]] = number.values[row]
    return Frame(frame.ref_id, [Field("time", "time", moments), *series.values()])


def settings(panel: Mapping[str, Any], one: Field, ref_id: str) -> dict[str, Any]:
    """Return the options of a field: the panel's defaults and, over them, the overrides that match it."""
    config = panel.get("fieldConfig", {})
    found: dict[str, Any] = copy.deepcopy(config.get("defaults", {}))
    for override in config.get("overrides", ()):
        if _matches(override["matcher"], one, ref_id, found):
            for changed in override["properties"]:
                *path, last = changed["id"].split(".")
                inner = found
                for step in path:
                    inner = inner.setdefault(step, {})
                inner[last] = changed.get("value")
    return found


def _matches(matcher: Mapping[str, Any], one: Field, ref_id: str, found: Mapping[str, Any]) -> bool:
    options: Any = matcher.get("options")
    names = {one.name, display_name(one, {}), display_name(one, found)}
    match matcher["id"]:
        case "byName":
            return str(options) in names
        case "byNames":
            return bool(names & set(options["names"]))
        case "byRegexp":
            return any(re.search(str(options).strip("/"), name) for name in names)
        case "byType":
            return str(options) == one.kind
        case "byFrameRefID":
            return str(options) == ref_id
    return False


def display_name(one: Field, options: Mapping[str, Any]) -> str:
    """Name a field as Grafana does: by its display name, else by its column and labels."""
    if chosen := options.get("displayName"):
        replaced = re.sub(r"\$\{__field\.labels\.(\w+)\}", lambda match: one.labels.get(match[1], ""), str(chosen))
        return re.sub(r"\$\{__field\.(?:name|displayName)\}", lambda _: one.name, replaced)
    if len(one.labels) == 1:
        return " ".join(filter(None, (one.name if one.name != "Value" else "", *one.labels.values())))
    if one.labels:
        return one.name + " {" + ", ".join(f'{label}="{text}"' for label, text in sorted(one.labels.items())) + "}"
    return one.name


def transformed(frame: Frame, transformations: Iterable[Mapping[str, Any]]) -> tuple[Frame, list[str]]:
    """Apply the transformations that a preview knows; return also the names of the others."""
    unknown = []
    for one in transformations:
        if not one.get("disabled"):
            if known := TRANSFORMATIONS.get(str(one["id"])):
                frame = known(frame, one.get("options") or {})
            else:
                unknown.append(str(one["id"]))
    return frame, unknown


def organize(frame: Frame, options: Mapping[str, Any]) -> Frame:
    """Order, rename and leave out columns."""
    order = options.get("indexByName") or {}
    renames = options.get("renameByName") or {}
    hidden = options.get("excludeByName") or {}
    kept = sorted(
        (column for column in frame.fields if not hidden.get(column.name)),
        key=lambda column: order.get(column.name, len(order)),
    )
    return Frame(frame.ref_id, [Field(renames.get(c.name) or c.name, c.kind, c.values, c.labels) for c in kept])


def transpose(frame: Frame, options: Mapping[str, Any]) -> Frame:
    """Turn columns into rows: the first one's texts become the columns' labels, the others' names the first column."""
    if not frame.rows:
        return Frame(frame.ref_id, [])
    first, *rest = frame.fields
    kinds = {one.kind for one in rest}
    kind: Kind = kinds.pop() if len(kinds) == 1 else "string"
    names = Field(options.get("firstFieldName") or "Field", "string", [one.name for one in rest])
    name = options.get("restFieldsName") or "Value"
    columns = [
        Field(name, kind, [one.values[row] for one in rest], {first.name: str(text)})
        for row, text in enumerate(first.values)
    ]
    return Frame(frame.ref_id, [names, *columns])


def matrix(frame: Frame, options: Mapping[str, Any]) -> Frame:
    """Turn three columns into a table: texts of the one become its columns, those of another its rows."""
    names = [str(options[f"{what}Field"]) for what in ("column", "row", "value")]
    columns, rows, values = map(frame.named, names)
    if not (columns and rows and values):
        return frame
    cells = dict(zip(zip(columns.values, rows.values, strict=True), values.values, strict=True))
    first = list(dict.fromkeys(rows.values))
    return Frame(
        frame.ref_id,
        [
            Field(f"{rows.name}\\{columns.name}", rows.kind, first),
            *(
                Field(str(column), values.kind, [cells.get((column, row)) for row in first])
                for column in dict.fromkeys(columns.values)
            ),
        ],
    )


TRANSFORMATIONS = {"organize": organize, "transpose": transpose, "groupingToMatrix": matrix}
