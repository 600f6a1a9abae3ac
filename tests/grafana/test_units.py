"""Numbers, times and colours are written as Grafana writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grafana.src.preview import units

INDIA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
THRESHOLDS = {"steps": [{"color": "red", "value": None}, {"color": "text", "value": 0}, {"color": "green", "value": 5}]}
RED, TEXT, GREEN = units.COLOURS["red"], units.COLOURS["text"], units.COLOURS["green"]


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (24512.35, "currencyINR", 2, "₹24.51K"),
        (-24512.35, "currencyINR", None, "-₹24.5K"),
        (24512.35, "currency:financial:₹", 2, "₹24,512.35"),
        (-1.5, "currency:financial:₹", 2, "-₹1.50"),
        (24512.35, "currency:financial:₹", None, "₹24,512.4"),
        (24512.0, "currency:financial:₹", None, "₹24,512"),
        (24512.35, "locale", 2, "24,512.35"),
        (24512.3, "locale", 2, "24,512.3"),
        (1.005, "locale", 2, "1.01"),
        (1.005, "none", 2, "1.00"),
        (1234567, "locale", None, "1,234,567"),
        (999, "short", None, "999"),
        (18_040_000, "short", None, "18.0 Mil"),
        (1_234_567, "short", 2, "1.23 Mil"),
        (1536, "bytes", None, "1.50 KiB"),
        (1500, "decbytes", None, "1.50 kB"),
        (12.345, "percent", 2, "12.35%"),
        (0.256, "percentunit", 1, "25.6%"),
        (1500, "cps", 1, "1.5K c/s"),
        (0.25, "s", None, "250 ms"),
        (1500, "ms", 2, "1.50 s"),
        (90, "s", 1, "1.5 mins"),
        (0, "s", 1, "0 s"),
        (5400, "s", 1, "1.5 hours"),
        (0.125, "none", 2, "0.13"),
        (-0.001, "none", 2, "0.00"),
        (1.5, "none", None, "1.50"),
        (123.456, "none", None, "123"),
        (0, "none", None, "0"),
        (3, "prefix:≈ ", 1, "≈ 3.0"),
        (3, "suffix: lots", None, "3 lots"),
        (3, "ticks", None, "3 ticks"),
        (1e300, "none", 0, f"{1e300:.0f}"),
    ],
)
def test_a_number_in_its_unit(value: float, unit: str, decimals: int | None, text: str) -> None:
    assert units.show(value, {"unit": unit, "decimals": decimals}, NOW, INDIA) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (NOW, "", "2026-11-20 10:00:00"),
        (NOW, "time:DD MMM HH:mm:ss", "20 Nov 10:00:00"),
        (NOW, "time:YYYY-MM-DD", "2026-11-20"),
        (NOW - timedelta(seconds=90), "dateTimeFromNow", "2 mins ago"),
        (NOW + timedelta(hours=3), "dateTimeFromNow", "in 3 hours"),
    ],
)
def test_a_time_in_the_zone_of_the_dashboard(value: datetime, unit: str, text: str) -> None:
    assert units.show(value, {"unit": unit}, NOW, INDIA) == text


@pytest.mark.parametrize(
    ("value", "text", "colour"),
    [
        ("live", "Live", GREEN),
        (1, "one", None),
        (1.0, "one", None),
        (25, "between", RED),
        (None, "nothing", TEXT),
        (True, "yes", GREEN),
        ("other", "other", None),
        ("bhav-7", "ours", None),
    ],
)
def test_a_mapping_gives_a_text_and_a_colour(value: object, text: str, colour: str | None) -> None:
    options = {
        "mappings": [
            {"type": "value", "options": {"live": {"text": "Live", "color": "green"}, "1": {"text": "one"}}},
            {"type": "range", "options": {"from": 20, "to": 30, "result": {"text": "between", "color": "red"}}},
            {"type": "special", "options": {"match": "null", "result": {"text": "nothing", "color": "text"}}},
            {"type": "special", "options": {"match": "true", "result": {"text": "yes", "color": "green"}}},
            {"type": "regex", "options": {"pattern": "/^bhav/", "result": {"text": "ours"}}},
        ]
    }
    assert units.show(value, options, NOW, INDIA) == text
    if colour:
        assert units.value_colour(value, options, 0, 100) == colour


@pytest.mark.parametrize(("value", "colour"), [(-1, RED), (0, TEXT), (4.99, TEXT), (5, GREEN), (None, None)])
def test_a_threshold_holds_from_its_value_on(value: float | None, colour: str | None) -> None:
    assert units.value_colour(value, {"thresholds": THRESHOLDS}, 0, 0) == colour


@pytest.mark.parametrize(("value", "colour"), [(40, RED), (50, GREEN), (60, GREEN)])
def test_a_threshold_in_percent_of_the_range(value: float, colour: str) -> None:
    steps = [{"color": "red", "value": None}, {"color": "green", "value": 50}]
    options = {"thresholds": {"mode": "percentage", "steps": steps}}
    assert units.value_colour(value, options, 0, 100) == colour


def test_a_ramp_goes_from_its_first_to_its_last_colour() -> None:
    options = {"color": {"mode": "continuous-RdYlGr"}, "min": 0, "max": 10}
    ends = [units.value_colour(value, options, 3, 4) for value in (-5, 0, 5, 10, 15)]
    assert ends == [RED, RED, units.COLOURS["yellow"], GREEN, GREEN]


@pytest.mark.parametrize("name", ["url(x)", "red;}", '"><script>', "#12", "rgb(0,0,0);x"])
def test_what_is_no_colour_gets_nowhere(name: str) -> None:
    assert units.colour(name) is None
