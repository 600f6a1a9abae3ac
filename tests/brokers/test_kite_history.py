"""Kite's candles: the SDK asks and reads the same, and every failure has its class."""

from __future__ import annotations

import json
import math
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from kiteconnect import KiteConnect

from ingestor.brokers import history as common
from ingestor.brokers.history import Ask, Bars, HistoryError
from ingestor.brokers.kite_history import history
from ingestor.config import Settings
from tests.brokers.rest_server import BAD_GATEWAY, CUT_OFF, PAGE, RESET, TOO_MANY, Reply, RestServer, now_and_then

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.brokers.rest_history import Bar

KOLKATA = ZoneInfo("Asia/Kolkata")
OPEN = datetime(2026, 11, 20, 9, 15, tzinfo=KOLKATA)
MINUTE = timedelta(minutes=1)
PATH = "/instruments/historical/408065/minute"
JSON = "application/json"
ROW = ["2026-11-20T09:15:00+0530", 100, 101.5, 99.05, 100.25, 1200]


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[RestServer]:
    monkeypatch.setattr(common, "TIMEOUT", (1.0, 0.3))
    with RestServer() as server:
        yield server


@pytest.fixture
def settings(rest: RestServer, tmp_path: Path) -> Settings:
    return settings_of(tmp_path, rest)


def settings_of(home: Path, rest: RestServer, **changes: Any) -> Settings:  # noqa: ANN401 - of any type
    own = {"kite_api_url": rest.url, "kite_api_key": rest.api_key, "kite_access_token": rest.access_token}
    return Settings(_env_file=None, bhav_home=home, **own | changes)  # type: ignore[call-arg]


@pytest.fixture
def sdk(rest: RestServer) -> Iterator[KiteConnect]:
    client = KiteConnect(rest.api_key, access_token=rest.access_token, root=rest.url)
    yield client
    client.reqsession.close()


@pytest.fixture(params=["UTC", "Asia/Kolkata", "America/New_York"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    """The time zone of the process."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield ZoneInfo(request.param)
    time.tzset()


def ask(
    since: datetime = OPEN, until: datetime = OPEN + 5 * MINUTE, *, key: str = "408065", open_interest: bool = False
) -> Ask:
    return Ask(key, "minute", since, until, open_interest)


def minutes(count: int, seed: int = 1) -> list[Bar]:
    """Bars of a made-up market, in no order, some of them twice, some with numbers beyond 32 bits and 2^53."""
    luck = random.Random(seed)
    found: list[Bar] = [
        (OPEN + n * MINUTE, *[luck.choice([luck.uniform(0.05, 1e5), luck.randint(1, 10**6)]) for _ in range(4)],
         luck.choice([0, luck.randint(1, 10**6), 3_000_000_000, 2**53 + 1]), luck.randint(0, 10**10))
        for n in range(count)
    ]  # fmt: skip
    return luck.sample(found, count) + luck.sample(found, count // 10)


def answer(*rows: object) -> Reply:
    return Reply(json.dumps({"status": "success", "data": {"candles": rows}}), kind=JSON)


def refusal(status: int, kind: str, message: str) -> Reply:
    return Reply(json.dumps({"status": "error", "message": message, "error_type": kind}), status, JSON)


def by_sdk(records: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("date", "open", "high", "low", "close", "volume")
    return [(*[record[name] for name in names], record.get("oi")) for record in records]


def failure(rest: RestServer, settings: Settings, asked: Ask | None = None) -> HistoryError:
    """The error of a question: it is asked once at the most, and the error shows no secret."""
    before = len(rest.requests)
    with pytest.raises(HistoryError) as caught:
        history(settings, asked or ask())
    assert len(rest.requests) <= before + 1
    assert caught.value.message == str(caught.value)
    assert rest.access_token not in f"{caught.value!r} {caught.value.__cause__!r}"
    return caught.value


@pytest.mark.parametrize("open_interest", [False, True])
def test_the_request_is_the_sdks(
    rest: RestServer, settings: Settings, sdk: KiteConnect, zone: ZoneInfo, open_interest: bool
) -> None:
    since, until = OPEN.astimezone(zone), (OPEN + timedelta(days=3)).astimezone(UTC)
    history(settings, ask(since, until, open_interest=open_interest))
    sdk.historical_data(408065, OPEN, OPEN + timedelta(days=3, seconds=-1), "minute", oi=open_interest)
    mine, theirs = rest.requests
    assert (mine.path, mine.query) == (theirs.path, theirs.query)
    assert mine.path == PATH
    for name in ("Authorization", "X-Kite-Version"):
        assert mine.headers[name] == theirs.headers[name]


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("open_interest", [False, True])
def test_bars_are_what_the_sdk_reads(
    rest: RestServer, settings: Settings, sdk: KiteConnect, open_interest: bool
) -> None:
    made = minutes(375)
    rest.bars = lambda *_: made
    until = OPEN + 375 * MINUTE
    found = history(settings, ask(until=until, open_interest=open_interest))
    assert list(zip(*found, strict=True)) == by_sdk(
        sdk.historical_data(408065, OPEN, until, "minute", oi=open_interest)
    )
    assert found.times == [bar[0] for bar in made]
    assert found.volumes == [bar[5] for bar in made]
    assert found.open_interests == [bar[6] if open_interest else None for bar in made]


@pytest.mark.parametrize("name", ["historical_minute.json", "historical_oi.json"])
def test_recorded_bars_are_what_the_sdk_reads(
    rest: RestServer, settings: Settings, sdk: KiteConnect, shared: Path, name: str
) -> None:
    text = (shared / "data" / "wire" / "kiteconnect-mocks" / name).read_text()
    rest.replies[PATH] = [Reply(text, kind=JSON)] * 2
    found = history(settings, ask())
    assert list(zip(*found, strict=True)) == by_sdk(sdk.historical_data(408065, OPEN, OPEN, "minute"))
    assert len(found.times) == 6


def test_the_bar_after_the_range_is_not_asked_for(rest: RestServer, settings: Settings, sdk: KiteConnect) -> None:
    rest.bars = lambda *_: minutes(30)
    since, until = OPEN + 5 * MINUTE, OPEN + 10 * MINUTE
    assert set(history(settings, ask(since, until)).times) == {since + n * MINUTE for n in range(5)}
    assert until in {record["date"] for record in sdk.historical_data(408065, since, until, "minute")}


def test_types_are_those_of_the_database(rest: RestServer, settings: Settings) -> None:
    rest.replies[PATH] = [answer(ROW, [ROW[0], 1, 2, 3, 4, 5.0, None])]
    found = history(settings, ask())
    assert [type(price) for column in found[1:5] for price in column] == [float] * 8
    assert [type(volume) for volume in found.volumes] == [int, int]
    assert found.open_interests == [None, None]
    assert all(moment.tzinfo for moment in found.times)


def test_no_bars_are_no_error(settings: Settings) -> None:
    assert history(settings, ask()) == Bars([], [], [], [], [], [], [])


@pytest.mark.parametrize("column", [1, 2, 3, 4, 5])
def test_a_row_with_a_hole_loses_nothing_beside_it(rest: RestServer, settings: Settings, column: int) -> None:
    broken = [None if place == column else value for place, value in enumerate(ROW)]
    rest.replies[PATH] = [answer(ROW, broken, ROW)]
    good, bad, last = zip(*history(settings, ask()), strict=True)
    assert good == last == (OPEN, *ROW[1:], None)
    assert bad[0] == OPEN
    assert any(math.isnan(price) for price in bad[1:5])


@pytest.mark.parametrize(
    "rows",
    [
        [ROW[:5]],
        [[*ROW, 1, 2]],
        [[]],
        [None],
        ["2026-1"],
        [{"date": ROW[0]}],
        [["09:15", *ROW[1:]]],
        [["2026-11-20T09:15:00", *ROW[1:]]],
        [["2026-11-31T09:15:00+0530", *ROW[1:]]],
        [[1_795_000_000, *ROW[1:]]],
        [[None, *ROW[1:]]],
        [ROW, [ROW[0], "many", *ROW[2:]]],
        [[ROW[0], "100", *ROW[2:]]],
        [[ROW[0], True, *ROW[2:]]],
        [[ROW[0], 10**400, *ROW[2:]]],
        [[*ROW[:5], "many"]],
        [[*ROW[:5], 12.5]],
        [[*ROW[:5], 2**63]],
        [[*ROW[:5], math.nan]],
        [[*ROW[:5], math.inf]],
        [[*ROW, "many"]],
    ],
)
def test_a_row_of_another_form_is_an_error(rest: RestServer, settings: Settings, rows: list[object]) -> None:
    rest.replies[PATH] = [answer(*rows)]
    found = failure(rest, settings)
    assert found.fault == "answer"
    assert "cannot be read" in found.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '{"status": "success"}',
        '{"status": "success", "data": null}',
        '{"status": "success", "data": []}',
        '{"status": "success", "data": {"candles": null}}',
        '{"status": "success", "data": {"candles": {}}}',
        '{"data": {"candles": []}}',
        '{"status": "success", "data": {"candles": [["2026-11-20T09:15:00+0530", 1',
    ],
)
def test_an_answer_of_another_form_is_an_error(rest: RestServer, settings: Settings, text: str) -> None:
    rest.replies[PATH] = [Reply(text, kind=JSON)]
    assert failure(rest, settings).fault == "answer"


@pytest.mark.parametrize(
    ("reply", "fault", "said"),
    [
        (refusal(403, "TokenException", "Incorrect `api_key` or `access_token`."), "token", "api_key"),
        (refusal(403, "TokenException", "Token is invalid or has expired."), "token", "expired"),
        (refusal(403, "PermissionException", "Insufficient permission for that call."), "token", "permission"),
        (refusal(400, "TokenException", "Token is invalid"), "token", "invalid"),
        (refusal(401, "Other", "who"), "token", "who"),
        (Reply("denied", 403, "text/plain"), "token", "403"),
        (TOO_MANY, "limit", "Too many requests"),
        (Reply(PAGE, 429, "text/html"), "limit", "429"),
        (Reply("", 429), "limit", "429"),
        (refusal(400, "InputException", "invalid token"), "instrument", "invalid token"),
        (refusal(400, "InputException", "interval exceeds max limit: 60 days"), "answer", "60 days"),
        (refusal(400, "InputException", "invalid from date"), "answer", "from date"),
        (refusal(400, "InputException", ""), "answer", "400"),
        (refusal(404, "GeneralException", "Route not found"), "answer", "Route"),
        (refusal(200, "GeneralException", "odd"), "answer", "odd"),
        (refusal(500, "GeneralException", "Something went wrong"), "network", "wrong"),
        (refusal(503, "NetworkException", "OMS is away"), "network", "OMS"),
        (Reply('{"status": "success", "data": {"candles": []}}', 500, JSON), "network", "500"),
        (BAD_GATEWAY, "network", "502"),
        (Reply(PAGE, 200, "text/html"), "network", "a page"),
        (Reply(PAGE, 403, "text/html"), "network", "a page"),
        (Reply("away", 503, "text/plain"), "network", "503"),
        (Reply("{}", 200, JSON, delay=1.5), "network", "in time"),
        (RESET, "network", "connection to Kite failed"),
        (CUT_OFF, "network", "connection to Kite failed"),
    ],
)
def test_every_failure_has_its_class(rest: RestServer, settings: Settings, reply: Reply, fault: str, said: str) -> None:
    rest.replies[PATH] = [reply]
    found = failure(rest, settings)
    assert found.fault == fault
    assert said in found.message
    assert found.retry_after is None


@pytest.mark.parametrize(
    ("after", "seconds"),
    [("7", 7.0), ("0", 0.0), ("-1", None), ("soon", None), ("Fri, 20 Nov 2026 04:00:00 GMT", None)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_broker_says_for_how_long_to_wait(
    rest: RestServer, settings: Settings, status: int, after: str, seconds: float | None
) -> None:
    rest.replies[PATH] = [Reply(text, status, JSON, headers={"Retry-After": after}) for text in ("{}", "")]
    assert [failure(rest, settings).retry_after for _ in range(2)] == [seconds, seconds]


def test_a_server_that_is_away_is_an_error_of_the_network(rest: RestServer, tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:9", "http://", "nowhere"):
        found = failure(rest, settings_of(tmp_path, rest, kite_api_url=url))
        assert (found.fault, "connection to Kite failed" in found.message) == ("network", True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kite_access_token": None}, "bhav login kite"),
        ({"kite_api_key": None}, "KITE_API_KEY"),
        ({"kite_access_token": "kite-access-token-0b9c\nHost: x"}, "no token"),
        ({"kite_access_token": "kite-access-token-0b9c\N{RUPEE SIGN}"}, "no token"),
    ],
)
def test_without_a_token_nothing_is_asked(
    rest: RestServer, tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    found = failure(rest, settings_of(tmp_path, rest, **changes))
    assert found.fault == "token"
    assert said in found.message
    assert not rest.requests


def test_the_brokers_rules_tell_token_instrument_and_range_apart(
    rest: RestServer, settings: Settings, tmp_path: Path
) -> None:
    known = {"408065": minutes(5)}
    rest.bars = lambda key, *_: known[key]
    assert failure(rest, settings_of(tmp_path, rest, kite_access_token="another")).fault == "token"
    assert failure(rest, settings, ask(key="1")).fault == "instrument"
    assert failure(rest, settings, ask(until=OPEN + timedelta(days=60, minutes=1))).fault == "answer"
    assert len(history(settings, ask(until=OPEN + timedelta(days=60))).times) == 5


def test_the_class_is_right_whatever_fails_now_and_then(rest: RestServer, settings: Settings) -> None:
    """The server's own log of requests holds each of them, at its time."""
    rest.bars = lambda *_: minutes(5)
    rest.fault = now_and_then(7, 0.5, [TOO_MANY, BAD_GATEWAY, RESET, CUT_OFF])
    seen: list[str] = []
    began = time.monotonic()
    for _ in range(40):
        try:
            seen.append(str(len(history(settings, ask()).times)))
        except HistoryError as error:
            seen.append(error.fault)
    assert set(seen) == {"5", "limit", "network"}
    times = rest.times("kite")
    assert len(times) == 40
    assert not rest.times("fyers")
    assert times == sorted(times)
    assert began < times[0] <= times[-1] < time.monotonic()
