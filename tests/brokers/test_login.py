"""`bhav login` against servers that check what a broker checks, and fail as brokers fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from typer.testing import CliRunner

from ingestor import tokens
from ingestor.brokers import fyers, kite
from ingestor.commands.login import login
from ingestor.config import Settings
from ingestor.errors import BhavError
from tests.brokers.rest_server import BAD_GATEWAY, Reply, RestServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

    from ingestor.tokens import Broker

app = typer.Typer()
app.command()(login)

BROKERS: list[Broker] = ["kite", "fyers"]
JSON = "application/json"
EXCHANGE = {"kite": "/session/token", "fyers": "/api/v3/validate-authcode"}
LANDED = {
    "kite": "https://127.0.0.1/?action=login&type=login&status=success&request_token=goodcode",
    "fyers": "https://127.0.0.1/?s=ok&code=200&auth_code=goodcode&state=bhav",
}
SECRETS = [RestServer.api_secret, RestServer.app_secret, RestServer.access_token]


@pytest.fixture
def rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RestServer]:
    """A server, and an environment that leads to it; the working directory is empty."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    with RestServer() as server:
        for name, value in {
            "BHAV_HOME": str(tmp_path / "home"),
            "KITE_API_KEY": server.api_key,
            "KITE_API_SECRET": server.api_secret,
            "KITE_API_URL": server.url,
            "FYERS_APP_ID": server.app_id,
            "FYERS_SECRET": server.app_secret,
            "FYERS_API_URL": server.url,
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("KITE_ACCESS_TOKEN", "FYERS_ACCESS_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield server


def run(*arguments: str, typed: str | None = None) -> Result:
    if arguments[0] == "fyers":
        pytest.importorskip("fyers_apiv3", reason="Fyers' SDK is not installed (requirements-fyers.lock)")
    result = CliRunner().invoke(app, arguments, input=typed)
    assert not any(secret in result.output for secret in SECRETS)
    return result


def error(*arguments: str) -> BhavError:
    """The error of a login that fails: it shows no secret, and nothing is stored."""
    found = run(*arguments).exception
    assert isinstance(found, BhavError), repr(found)
    assert found.hint
    assert not any(secret in f"{found.message} {found.hint}" for secret in [*SECRETS, "goodcode"])
    assert stored(arguments[0]) is None
    return found


def stored(broker: str) -> str | None:
    token = tokens.current(Settings(), "kite" if broker == "kite" else "fyers")
    return token.value if token else None


def expected(rest: RestServer, broker: Broker) -> str:
    return rest.access_token if broker == "kite" else rest.fyers_token


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("form", ["address", "query", "code"])
def test_the_answer_may_be_the_whole_address_or_the_code(rest: RestServer, broker: Broker, form: str) -> None:
    answer = {"address": LANDED[broker], "query": urlsplit(LANDED[broker]).query, "code": "goodcode"}[form]
    result = run(broker, answer)
    assert result.exception is None
    assert "IST" in result.output
    assert stored(broker) == expected(rest, broker)


@pytest.mark.parametrize("broker", BROKERS)
def test_without_an_answer_the_address_is_shown_and_the_answer_asked_for(rest: RestServer, broker: Broker) -> None:
    result = run(broker, typed=f"  {LANDED[broker]}  \n")
    assert result.exception is None
    address = next(line for line in result.output.splitlines() if line.startswith("http"))
    fields = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    if broker == "kite":
        assert address.startswith("https://kite.zerodha.com/connect/login?")
        assert fields["api_key"] == rest.api_key
    else:
        assert address.startswith(f"{rest.url}/api/v3/generate-authcode?")
        wanted = {"client_id": rest.app_id, "redirect_uri": "https://127.0.0.1/", "response_type": "code"}
        assert wanted.items() <= fields.items()
    assert stored(broker) == expected(rest, broker)


@pytest.mark.parametrize("broker", BROKERS)
def test_a_login_writes_its_token_and_no_other_file(rest: RestServer, broker: Broker, tmp_path: Path) -> None:
    run(broker, "goodcode")
    files = {file for file in tmp_path.rglob("*") if file.is_file()}
    assert files == {tmp_path / "home" / "tokens" / f"{broker}.json"}
    assert [request.path for request in rest.requests] == [EXCHANGE[broker]]


def test_the_tokens_say_when_they_end(rest: RestServer) -> None:
    before = datetime.now(UTC)
    run("kite", "goodcode")
    rest.codes.add("goodcode")
    run("fyers", "goodcode")
    mine = tokens.current(Settings(), "kite")
    assert mine
    assert before <= mine.login_at <= datetime.now(UTC)
    assert mine.expires_at == tokens.kite_end(mine.login_at)
    theirs = tokens.current(Settings(), "fyers")
    assert theirs
    assert theirs.expires_at == datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("broker", BROKERS)
def test_a_code_is_good_for_one_login(rest: RestServer, broker: Broker) -> None:
    run(broker, "goodcode")
    tokens.path(Settings(), broker).unlink()
    found = error(broker, "goodcode")
    assert "refuses the login" in found.message
    assert ("expired" if broker == "kite" else "invalid auth code") in found.message
    assert rest.codes == set()


@pytest.mark.parametrize(("broker", "name"), [("kite", "KITE_API_SECRET"), ("fyers", "FYERS_SECRET")])
def test_a_wrong_secret_is_named(rest: RestServer, broker: Broker, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "another")
    found = error(broker, "goodcode")
    assert ("checksum" if broker == "kite" else "app id hash") in found.message
    assert name in found.hint
    assert rest.codes == {"goodcode"}


@pytest.mark.parametrize(
    ("broker", "name"),
    [("kite", "KITE_API_KEY"), ("kite", "KITE_API_SECRET"), ("fyers", "FYERS_APP_ID"), ("fyers", "FYERS_SECRET")],
)
@pytest.mark.parametrize("answer", [["goodcode"], []])
def test_a_setting_that_is_missing_is_named_before_anything_is_asked(
    rest: RestServer, broker: Broker, name: str, answer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "")
    assert error(broker, *answer).message == f"{name} is not set"
    assert rest.requests == []


@pytest.mark.parametrize(
    ("broker", "answer", "said"),
    [
        ("kite", "https://127.0.0.1/?status=cancelled&request_token=goodcode", "cancelled"),
        ("fyers", "https://127.0.0.1/?s=error&code=-1&message=user+denied+access&auth_code=", "user denied access"),
        ("kite", "https://kite.zerodha.com/connect/login?api_key=kitekey&v=3", "no request_token"),
        ("fyers", "https://127.0.0.1/", "no auth_code"),
        ("fyers", LANDED["kite"], "no auth_code"),
        ("kite", "  ", "no request_token"),
    ],
)
def test_an_answer_without_a_code_is_not_sent(rest: RestServer, broker: Broker, answer: str, said: str) -> None:
    assert said in error(broker, answer).message
    assert rest.requests == []


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (BAD_GATEWAY, "a page"),
        (Reply("{", 200, JSON), "a page"),
        (Reply("{}", 200, JSON), ""),
        (Reply("null", 200, JSON), ""),
        (Reply('{"s": "ok", "data": null}', 200, JSON), "no access token"),
        (
            Reply('{"s": "ok", "access_token": 5, "data": {"access_token": 5, "login_time": ""}}', 200, JSON),
            "no access token",
        ),
    ],
)
def test_what_is_no_answer_is_no_token(rest: RestServer, broker: Broker, reply: Reply, said: str) -> None:
    rest.replies[EXCHANGE[broker]] = [reply]
    assert said in error(broker, "goodcode").message


@pytest.mark.parametrize("broker", BROKERS)
def test_a_broker_that_does_not_answer_is_given_up(
    rest: RestServer, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr({"kite": kite, "fyers": fyers}[broker], "TIMEOUT", 0.2)
    rest.replies[EXCHANGE[broker]] = [Reply(json.dumps({}), delay=3)]
    assert "does not answer within" in error(broker, "goodcode").message


@pytest.mark.parametrize(("broker", "name"), [("kite", "KITE_API_URL"), ("fyers", "FYERS_API_URL")])
@pytest.mark.usefixtures("rest")
def test_a_broker_that_is_away_is_named(broker: Broker, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "cannot reach" in error(broker, "goodcode").message


@pytest.mark.parametrize("broker", BROKERS)
def test_a_login_that_fails_keeps_the_token_of_before(rest: RestServer, broker: Broker) -> None:
    run(broker, "goodcode")
    assert isinstance(run(broker, "goodcode").exception, BhavError)
    assert stored(broker) == expected(rest, broker)
