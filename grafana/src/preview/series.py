"""Fields of a frame with their options: what charts, tiles and tables draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from grafana.src.preview import units
from grafana.src.preview.frames import display_name, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from grafana.src.preview.frames import Field, Frame


@dataclass(frozen=True, slots=True)
class View:
    """What is the same for the whole page."""

    now: datetime
    zone: tzinfo
    variables: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Series:
    """A field and how it is to look."""

    field: Field
    name: str
    options: Mapping[str, Any]
    colour: str

    @property
    def custom(self) -> Mapping[str, Any]:
        custom: Mapping[str, Any] = self.options.get("custom") or {}
        return custom

    @property
    def hidden(self) -> bool:
        return bool(self.custom.get("hidden") or (self.custom.get("hideFrom") or {}).get("viz"))

    @property
    def low(self) -> float:
        return min((value for value in self.field.values if isinstance(value, (int, float))), default=0)

    @property
    def high(self) -> float:
        return max((value for value in self.field.values if isinstance(value, (int, float))), default=0)

    def text(self, value: Any, view: View) -> str:  # noqa: ANN401 - any column
        return units.show(value, self.options, view.now, view.zone)

    def colour_of(self, value: Any) -> str | None:  # noqa: ANN401 - likewise
        return units.value_colour(value, self.options, self.low, self.high)


def styled(panel: Mapping[str, Any], frames: Iterable[Frame]) -> list[list[Series]]:
    """Return the fields of each frame with their options; numbers take the palette's colours in turn.

    A series that is coloured by value has the colour of its newest.
    """
    result = []
    number = 0
    for frame in frames:
        row = []
        for field in frame.fields:
            options = settings(panel, field, frame.ref_id)
            mode = options.get("color") or {}
            chosen = units.colour(mode.get("fixedColor")) if mode.get("mode") == "fixed" else None
            one = Series(field, display_name(field, options), options, chosen or palette(number))
            if units.by_value(options) and (newest := one.colour_of(reduced(field.values, "lastNotNull"))):
                one = replace(one, colour=newest)
            row.append(one)
            number += field.kind == "number"
        result.append(row)
    return result


def palette(number: int) -> str:
    return units.PALETTE[number % len(units.PALETTE)]


CALCULATIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "lastNotNull": lambda values: values[-1],
    "firstNotNull": lambda values: values[0],
    "min": min,
    "max": max,
    "mean": lambda values: sum(values) / len(values),
    "sum": sum,
    "range": lambda values: max(values) - min(values),
    "diff": lambda values: values[-1] - values[0],
    "count": len,
}
"""Over the values that are there, as Grafana's of the same names."""


def reduced(values: Sequence[Any], calculation: str) -> Any:  # noqa: ANN401 - any column
    """Return one value for a series; without values none. A calculation that is not listed is the newest value."""
    known = [value for value in values if value is not None]
    return CALCULATIONS.get(calculation, CALCULATIONS["lastNotNull"])(known) if known else None
