"""Fyers' candles: the SDK asks and reads the same, and every failure has its class."""

from __future__ import annotations

import json
import logging
import math
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from ingestor.brokers import history as common
from ingestor.brokers.fyers_history import history
from ingestor.brokers.history import Ask, Bars, HistoryError
from ingestor.config import Settings
from tests.brokers.rest_server import BAD_GATEWAY, CUT_OFF, PAGE, RESET, TOO_MANY, Reply, RestServer, jwt, now_and_then

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.brokers.rest_history import Bar

KOLKATA = ZoneInfo("Asia/Kolkata")
OPEN = datetime(2026, 11, 20, 9, 15, tzinfo=KOLKATA)
MINUTE = timedelta(minutes=1)
PATH = "/data/history"
JSON = "application/json"
ROW = [1_795_146_300, 100, 101.5, 99.05, 100.25, 1200]
SECRET = "c2lnbmF0dXJl"
"""The signature of every token of the tests."""


class Sdk(Protocol):
    def history(self, data: dict[str, object]) -> dict[str, Any]: ...


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[RestServer]:
    monkeypatch.setattr(common, "TIMEOUT", (1.0, 0.3))
    with RestServer() as server:
        yield server


@pytest.fixture
def settings(rest: RestServer, tmp_path: Path) -> Settings:
    return settings_of(tmp_path, rest)


def settings_of(home: Path, rest: RestServer, **changes: Any) -> Settings:  # noqa: ANN401 - of any type
    own = {"fyers_api_url": rest.url, "fyers_app_id": rest.app_id, "fyers_access_token": rest.fyers_token}
    return Settings(_env_file=None, bhav_home=home, **own | changes)  # type: ignore[call-arg]


@pytest.fixture
def sdk(rest: RestServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sdk]:
    module = pytest.importorskip(
        "fyers_apiv3.fyersModel", reason="Fyers' SDK is not installed (requirements-fyers.lock)"
    )
    monkeypatch.setattr(module.Config, "DATA_API", f"{rest.url}/data")
    monkeypatch.setattr(logging, "FileHandler", lambda _: logging.NullHandler())  # it opens files and closes none
    model = module.FyersModel(client_id=rest.app_id, token=rest.fyers_token)
    yield model
    model.service.session.close()


@pytest.fixture(params=["UTC", "Asia/Kolkata", "America/New_York"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    """The time zone of the process."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield ZoneInfo(request.param)
    time.tzset()


def ask(
    since: datetime = OPEN,
    until: datetime = OPEN + 5 * MINUTE,
    *,
    key: str = "NSE:SBIN-EQ",
    open_interest: bool = False,
) -> Ask:
    return Ask(key, "1", since, until, open_interest)


def question(since: datetime, last: datetime, *, symbol: str = "NSE:SBIN-EQ", oi_flag: int = 0) -> dict[str, object]:
    """What the SDK is given."""
    epochs = {"range_from": str(int(since.timestamp())), "range_to": str(int(last.timestamp()))}
    return {"symbol": symbol, "resolution": "1", "date_format": "0", **epochs, "cont_flag": "0", "oi_flag": oi_flag}


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
    return Reply(json.dumps({"s": "ok", "candles": rows}), kind=JSON)


def refusal(status: int, code: object, message: str) -> Reply:
    return Reply(json.dumps({"s": "error", "code": code, "message": message}), status, JSON)


def failure(rest: RestServer, settings: Settings, asked: Ask | None = None) -> HistoryError:
    """The error of a question: it is asked once at the most, and the error shows no secret."""
    before = len(rest.requests)
    with pytest.raises(HistoryError) as caught:
        history(settings, asked or ask())
    assert len(rest.requests) <= before + 1
    assert caught.value.message == str(caught.value)
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"
    return caught.value


@pytest.mark.parametrize("open_interest", [False, True])
@pytest.mark.parametrize("symbol", ["NSE:SBIN-EQ", "NSE:M&M-EQ", "NSE:NIFTY50-INDEX", "NSE:NIFTY26N1725900CE"])
def test_the_request_is_the_sdks(  # noqa: PLR0917 - fixtures
    rest: RestServer,
    settings: Settings,
    sdk: Sdk,
    zone: ZoneInfo,
    open_interest: bool,
    symbol: str,
) -> None:
    since, until = OPEN.astimezone(zone), (OPEN + timedelta(days=3)).astimezone(UTC)
    history(settings, ask(since, until, key=symbol, open_interest=open_interest))
    sdk.history(question(OPEN, OPEN + timedelta(days=3, seconds=-1), symbol=symbol, oi_flag=int(open_interest)))
    mine, theirs = rest.requests
    assert (mine.path, mine.query) == (theirs.path, theirs.query)
    assert mine.path == PATH
    for name in ("Authorization", "version"):
        assert mine.headers[name] == theirs.headers[name]


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("open_interest", [False, True])
def test_bars_are_what_the_sdk_reads(
    rest: RestServer,
    settings: Settings,
    sdk: Sdk,
    open_interest: bool,
) -> None:
    made = minutes(375)
    rest.bars = lambda *_: made
    until = OPEN + 375 * MINUTE
    found = history(settings, ask(until=until, open_interest=open_interest))
    epochs = [int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) for moment in found.times]
    theirs = sdk.history(question(OPEN, until, oi_flag=int(open_interest)))["candles"]
    columns = [epochs, *found[1 : 7 if open_interest else 6]]
    assert [list(row) for row in zip(*columns, strict=True)] == theirs
    assert found.times == [bar[0] for bar in made]
    assert found.volumes == [bar[5] for bar in made]
    assert found.open_interests == [bar[6] if open_interest else None for bar in made]


def test_the_bar_after_the_range_is_not_asked_for(
    rest: RestServer,
    settings: Settings,
    sdk: Sdk,
) -> None:
    rest.bars = lambda *_: minutes(30)
    since, until = OPEN + 5 * MINUTE, OPEN + 10 * MINUTE
    assert set(history(settings, ask(since, until)).times) == {since + n * MINUTE for n in range(5)}
    assert until.timestamp() in {row[0] for row in sdk.history(question(since, until))["candles"]}


def test_types_are_those_of_the_database(rest: RestServer, settings: Settings) -> None:
    rest.replies[PATH] = [answer(ROW, [ROW[0], 1, 2, 3, 4, 5.0, None])]
    found = history(settings, ask())
    assert [type(price) for column in found[1:5] for price in column] == [float] * 8
    assert [type(volume) for volume in found.volumes] == [int, int]
    assert found.open_interests == [None, None]
    assert all(moment.tzinfo for moment in found.times)


@pytest.mark.parametrize(
    "text",
    [
        '{"s": "ok", "candles": []}',
        '{"s": "no_data", "candles": []}',
        '{"s": "no_data", "candles": null, "nextTime": 1795146300}',
        '{"s": "no_data", "code": 200, "message": ""}',
    ],
)
def test_no_bars_are_no_error(rest: RestServer, settings: Settings, text: str) -> None:
    nothing = Bars([], [], [], [], [], [], [])
    assert history(settings, ask()) == nothing
    rest.replies[PATH] = [Reply(text, kind=JSON)]
    assert history(settings, ask()) == nothing


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
        [5],
        ["179514"],
        [{"t": ROW[0]}],
        [["2026-11-20T09:15:00+0530", *ROW[1:]]],
        [[str(ROW[0]), *ROW[1:]]],
        [[ROW[0] * 1000, *ROW[1:]]],
        [[10**30, *ROW[1:]]],
        [[None, *ROW[1:]]],
        [ROW, [ROW[0], "many", *ROW[2:]]],
        [[*ROW[:5], "many"]],
        [[*ROW[:5], 12.5]],
        [[*ROW[:5], 2**63]],
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
        '{"s": "ok"}',
        '{"s": "ok", "candles": null}',
        '{"s": "ok", "candles": {}}',
        '{"candles": []}',
        '{"s": "no_data", "candles": "none"}',
        '{"s": "ok", "candles": [[1795146300, 1',
    ],
)
def test_an_answer_of_another_form_is_an_error(rest: RestServer, settings: Settings, text: str) -> None:
    rest.replies[PATH] = [Reply(text, kind=JSON)]
    assert failure(rest, settings).fault == "answer"


@pytest.mark.parametrize(
    ("reply", "fault", "said"),
    [
        *[(refusal(status, code, "the token"), "token", "the token") for status in (200, 400, 401)
          for code in (-8, -15, -16, -17)],
        (refusal(400, -352, "Invalid App Id provided"), "token", "App Id"),
        (refusal(200, 401, "Authorization error"), "token", "Authorization"),
        (refusal(403, -1, "Permission error"), "token", "Permission"),
        (Reply("denied", 403, "text/plain"), "token", "403"),
        (refusal(429, 429, "request limit reached"), "limit", "request limit"),
        (refusal(200, 429, "request limit reached"), "limit", "request limit"),
        (refusal(200, -429, "API rate limit exceeded"), "limit", "rate limit"),
        (refusal(400, -353, "API Limit exceeded (perSec)"), "limit", "exceeded"),
        (TOO_MANY, "limit", "Too many requests"),
        (Reply(PAGE, 429, "text/html"), "limit", "429"),
        (refusal(422, -300, "Invalid symbol provided"), "instrument", "symbol"),
        (refusal(200, -300, "Invalid symbol provided"), "instrument", "symbol"),
        (refusal(422, -50, "Invalid input"), "answer", "Invalid input"),
        (refusal(200, -99, "odd"), "answer", "odd"),
        (refusal(200, None, "odd"), "answer", "odd"),
        (refusal(400, [-300], "odd"), "answer", "odd"),
        (refusal(200, 500, "Internal server error"), "network", "Internal"),
        (refusal(500, -99, "Internal server error"), "network", "Internal"),
        (Reply('{"s": "no_data", "candles": []}', 500, JSON), "network", "500"),
        (BAD_GATEWAY, "network", "502"),
        (Reply(PAGE, 200, "text/html"), "network", "a page"),
        (Reply(PAGE, 403, "text/html"), "network", "a page"),
        (Reply("{}", 200, JSON, delay=1.5), "network", "in time"),
        (RESET, "network", "connection to Fyers failed"),
        (CUT_OFF, "network", "connection to Fyers failed"),
    ],
)  # fmt: skip
def test_every_failure_has_its_class(rest: RestServer, settings: Settings, reply: Reply, fault: str, said: str) -> None:
    rest.replies[PATH] = [reply]
    found = failure(rest, settings)
    assert found.fault == fault
    assert said in found.message
    assert found.retry_after is None


def test_the_broker_says_for_how_long_to_wait(rest: RestServer, settings: Settings) -> None:
    rest.replies[PATH] = [Reply(text, 429, JSON, headers={"Retry-After": "60"}) for text in ("{}", "", PAGE)]
    assert [failure(rest, settings).retry_after for _ in range(3)] == [60.0] * 3


def test_a_server_that_is_away_is_an_error_of_the_network(rest: RestServer, tmp_path: Path) -> None:
    found = failure(rest, settings_of(tmp_path, rest, fyers_api_url="http://127.0.0.1:9"))
    assert (found.fault, "connection to Fyers failed" in found.message) == ("network", True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fyers_access_token": None}, "bhav login fyers"),
        ({"fyers_access_token": "no JWT"}, "bhav login fyers"),
        ({"fyers_access_token": jwt({"exp": 1_795_000_000 - 10**9})}, "bhav login fyers"),
        ({"fyers_app_id": None}, "FYERS_APP_ID"),
        ({"fyers_access_token": f"{jwt({'exp': 4_102_444_800})}\nHost"}, "no token"),
    ],
)
def test_without_a_token_nothing_is_asked(
    rest: RestServer, tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    found = failure(rest, settings_of(tmp_path, rest, **changes))
    assert found.fault == "token"
    assert said in found.message
    assert not rest.requests


def test_a_token_may_stand_behind_its_app(rest: RestServer, tmp_path: Path) -> None:
    rest.bars = lambda *_: minutes(5)
    mine = settings_of(tmp_path, rest, fyers_access_token=f"{rest.app_id}:{rest.fyers_token}")
    assert len(history(mine, ask()).times) == 5


def test_the_brokers_rules_tell_token_instrument_and_range_apart(
    rest: RestServer, settings: Settings, tmp_path: Path
) -> None:
    known = {"NSE:SBIN-EQ": minutes(5)}
    rest.bars = lambda key, *_: known[key]
    another = jwt({"sub": "another", "exp": 4_102_444_800})
    assert failure(rest, settings_of(tmp_path, rest, fyers_access_token=another)).fault == "token"
    assert failure(rest, settings, ask(key="NSE:SBIN")).fault == "instrument"
    assert failure(rest, settings, ask(until=OPEN + timedelta(days=100, minutes=1))).fault == "answer"
    assert len(history(settings, ask(until=OPEN + timedelta(days=100))).times) == 5


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
    times = rest.times("fyers")
    assert len(times) == 40
    assert not rest.times("kite")
    assert times == sorted(times)
    assert began < times[0] <= times[-1] < time.monotonic()
