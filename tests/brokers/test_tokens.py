"""Access tokens: what a login stored, what the environment holds, and when each ends."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from ingestor import tokens
from ingestor.config import Settings
from ingestor.tokens import Token
from tests.brokers.rest_server import jwt

if TYPE_CHECKING:
    from pathlib import Path

KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 20, 10, 15, tzinfo=KOLKATA)


def settings(home: Path, **fields: Any) -> Settings:  # noqa: ANN401 - of any type
    none = {"kite_access_token": None, "fyers_access_token": None}  # whatever the environment of the tests has
    return Settings(_env_file=None, bhav_home=home, **none | fields)  # type: ignore[call-arg]


def token(value: str = "stored", hours: float = 1) -> Token:
    return Token(value, NOW - timedelta(hours=1), NOW + timedelta(hours=hours))


def value_of(found: Token | None) -> str | None:
    return found.value if found else None


def test_a_stored_token_is_read_back_and_is_nobody_elses(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    tokens.store(mine, "kite", token())
    assert tokens.current(mine, "kite", NOW) == token()
    assert tokens.current(mine, "fyers", NOW) is None
    file = tmp_path / "tokens" / "kite.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "tokens").mkdir(mode=0o755)
    tokens.store(settings(tmp_path), "kite", token())
    assert (tmp_path / "tokens").stat().st_mode & 0o777 == 0o700


def test_each_call_sees_the_newest_login(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    for value in ("first", "second"):
        tokens.store(mine, "kite", token(value))
        assert value_of(tokens.current(mine, "kite", NOW)) == value


def test_a_reader_never_sees_half_a_token(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    values = ["a", "b" * 100_000]
    tokens.store(mine, "kite", token(values[0]))
    done = threading.Event()

    def write() -> None:
        for n in range(200):
            tokens.store(mine, "kite", token(values[n % 2]))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not done.is_set():
        seen.append(value_of(tokens.current(mine, "kite", NOW)))
    writer.join()
    assert seen
    assert set(seen) <= set(values)


def test_a_write_that_fails_leaves_the_old_token_and_no_other_file(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    tokens.store(mine, "kite", token())
    with pytest.raises(TypeError):
        tokens.store(mine, "kite", token(b"no text"))  # type: ignore[arg-type]
    assert tokens.current(mine, "kite", NOW) == token()
    assert [file.name for file in (tmp_path / "tokens").iterdir()] == ["kite.json"]


GOOD = {"value": "v", "login_at": NOW.isoformat(), "expires_at": (NOW + timedelta(hours=1)).isoformat()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "\0",
        json.dumps(GOOD)[:-20],
        json.dumps(GOOD | {"value": ""}),
        json.dumps(GOOD | {"value": 5}),
        json.dumps(GOOD | {"expires_at": "2026-11-20T23:00:00"}),
        json.dumps(GOOD | {"expires_at": "tomorrow"}),
        json.dumps({"value": "v"}),
    ],
)
def test_a_broken_file_counts_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tokens" / "kite.json"
    file.parent.mkdir()
    file.write_text(json.dumps(GOOD))
    assert value_of(tokens.current(settings(tmp_path), "kite", NOW)) == "v"
    file.write_text(text)
    assert tokens.current(settings(tmp_path), "kite", NOW) is None
    assert value_of(tokens.current(settings(tmp_path, kite_access_token="env"), "kite", NOW)) == "env"
    tokens.store(settings(tmp_path), "kite", token("mended"))
    assert value_of(tokens.current(settings(tmp_path), "kite", NOW)) == "mended"


def test_a_file_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "tokens" / "kite.json").mkdir(parents=True)
    assert tokens.current(settings(tmp_path), "kite", NOW) is None


def test_a_stored_token_wins_while_it_is_valid(tmp_path: Path) -> None:
    mine = settings(tmp_path, kite_access_token="env")
    assert value_of(tokens.current(mine, "kite", NOW)) == "env"
    tokens.store(mine, "kite", token())
    end = token().expires_at
    assert value_of(tokens.current(mine, "kite", end - timedelta(microseconds=1))) == "stored"
    assert value_of(tokens.current(mine, "kite", end)) == "env"
    assert tokens.current(settings(tmp_path), "kite", end) is None


@pytest.mark.parametrize(
    ("login", "end"),
    [
        ("2026-11-20 09:00", "2026-11-21 06:00"),
        ("2026-11-20 05:59", "2026-11-20 06:00"),
        ("2026-11-20 06:00", "2026-11-21 06:00"),
        ("2026-11-20 23:59", "2026-11-21 06:00"),
        ("2026-12-31 00:10", "2026-12-31 06:00"),
        ("2026-12-31 12:00", "2027-01-01 06:00"),
    ],
)
def test_a_kite_token_ends_at_six_in_india(login: str, end: str) -> None:
    moments = [datetime.fromisoformat(text).replace(tzinfo=KOLKATA) for text in (login, end)]
    assert tokens.kite_end(moments[0].astimezone(UTC)) == moments[1]


def test_a_kite_token_of_the_environment_lasts_to_the_next_six_at_most(tmp_path: Path) -> None:
    found = tokens.current(settings(tmp_path, kite_access_token="env"), "kite", NOW)
    assert found
    assert found.expires_at == datetime(2026, 11, 21, 6, tzinfo=KOLKATA)
    assert found.login_at == datetime(2026, 11, 20, 6, tzinfo=KOLKATA)


@pytest.mark.parametrize("padding", range(4))
@pytest.mark.parametrize("prefix", ["", "XC12345-100:"])
def test_a_fyers_token_carries_its_times(tmp_path: Path, padding: int, prefix: str) -> None:
    ends = NOW + timedelta(hours=5)
    value = jwt({"iat": int(NOW.timestamp()), "exp": int(ends.timestamp()), "fill": "x" * padding})
    mine = settings(tmp_path, fyers_access_token=prefix + value)
    assert tokens.current(mine, "fyers", NOW) == Token(value, NOW, ends)
    assert tokens.current(mine, "fyers", ends) is None


@pytest.mark.parametrize(
    "value", ["x", "a.b.c", "a.!.c", "..", jwt({}), jwt({"exp": "soon"}), jwt({"exp": 1e300}), jwt([])]  # type: ignore[arg-type]
)  # fmt: skip
def test_what_is_no_fyers_token_counts_as_none(tmp_path: Path, value: str) -> None:
    assert tokens.current(settings(tmp_path, fyers_access_token=value), "fyers", NOW) is None


def test_a_token_does_not_show_itself() -> None:
    assert "stored" not in repr(token())
