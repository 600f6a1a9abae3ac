"""`bhav login`: an access token for the day, from the broker's own login page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl, urlsplit

import typer

from ingestor import tokens
from ingestor.brokers import fyers, kite
from ingestor.config import Settings
from ingestor.errors import BhavError
from ingestor.times import IST

if TYPE_CHECKING:
    from types import ModuleType

BROKERS: dict[str, ModuleType] = {"kite": kite, "fyers": fyers}


def login(
    broker: Annotated[tokens.Broker, typer.Argument(help="kite or fyers.")],
    answer: Annotated[
        str | None, typer.Argument(help="The address that the login led to, or the code in it.", show_default="asks")
    ] = None,
) -> None:
    """Log in at the broker and keep the access token for the daemon."""
    settings = Settings()
    side = BROKERS[broker]
    address = side.login_url(settings)
    if answer is None:
        typer.echo(f"Log in here:\n{address}\n")
        answer = typer.prompt("The address that it then led to, or the code in it", type=str)
    token = side.log_in(settings, code(broker, side.CODE, answer))
    tokens.store(settings, broker, token)
    typer.echo(f"{broker}: logged in until {token.expires_at.astimezone(IST):%Y-%m-%d %H:%M} IST")


def code(broker: str, name: str, answer: str) -> str:
    """Return what the broker wants back: out of the address that the login led to, or as it is."""
    answer = answer.strip()
    if not {"=", "/"} & set(answer) and answer:
        return answer
    fields = dict(parse_qsl(urlsplit(answer).query or answer.lstrip("?")))
    outcome = fields.get("status") or fields.get("s", "success")
    if outcome not in {"success", "ok"}:
        raise BhavError(f"{broker} did not log you in: {fields.get('message', outcome)}", f"bhav login {broker}")
    if not (found := fields.get(name)):
        raise BhavError(f"no {name} in that address", "paste the whole address that the login led the browser to")
    return found
