"""Fyers' SDK, made fit for one connection that is then thrown away. To be imported where the SDK is needed: it is slow.

What is left to the SDK: its messages to the server, the keys of symbols on the wire, and the decoding. What is not:

- connecting: it says that it is connected after two seconds, open or not, never subscribes again, gives up silently
- its threads, which outlive it, and its log files in the working directory
- what it only logs: here every exception ends the connection, because an update lost leaves a wrong price or quantity
  in its state until the next change
"""
# ruff: noqa: N802 - the SDK's private methods that are replaced are named so

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import requests
import structlog
import websocket

from ingestor.feeds.fyers_happenings import Addresses, Answered, Failed, Known, Limited, Received
from ingestor.feeds.fyers_messages import tick_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks pkg_resources for its files, which is deprecated
    from fyers_apiv3.FyersWebsocket import data_ws, defines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ingestor.feeds.fyers_happenings import Happening
    from ingestor.model import Tick

log = structlog.get_logger()

CHANNEL = 11
"""The SDK's own choice of one."""
LOOKUP = 500
"""Symbols that the HTTP endpoint takes at once."""
HTTP_TIMEOUT = 5.0
SOCKET_TIMEOUT = 15.0
PING_SECONDS = 10.0
PING = bytes([0, 1, 11])
CASH = {"nse_cm", "bse_cm"}
"""Segments without open interest."""
REFUSALS = {defines.TOKEN_EXPIRED, defines.INVALID_CODE, defines.AUTH_ERROR_CODE}
"""Codes that mean the access token, in answer to it."""

logging.getLogger("websocket").propagate = False  # what it has to say comes as an error, too
websocket.setdefaulttimeout(SOCKET_TIMEOUT)  # without it a handshake or a send may hang for ever


class TokenRefusedError(Exception):
    """The HTTP endpoint does not take the access token."""


class SdkLog:
    """Stands in for the SDK's logger, which alone hears of exceptions."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take what the SDK gives a logger of its own."""

    def exception(self, error: Exception) -> None:
        raise error

    def error(self, message: object, *arguments: object) -> None:
        log.debug("fyers sdk", message=str(message), arguments=[str(argument) for argument in arguments])

    info = debug = error


def _post(url: str, **arguments: Any) -> requests.Response:  # noqa: ANN401 - as requests has it
    response = requests.post(url, timeout=HTTP_TIMEOUT, **arguments)
    if response.status_code == requests.codes.unauthorized:
        raise TokenRefusedError("HTTP 401")
    if response.status_code >= requests.codes.internal_server_error:
        raise requests.HTTPError(f"HTTP {response.status_code}", response=response)
    return response


data_ws.FyersLogger = SdkLog
data_ws.logging = SimpleNamespace(FileHandler=lambda _: None)
data_ws.requests = SimpleNamespace(post=_post, get=requests.get)


class Topics(dict[str, str]):
    """Symbols by topic. The SDK drops the rest of a message at a topic that is missing: here it names itself."""

    def __missing__(self, topic: str) -> str:
        return topic


class FyersSocket(data_ws.FyersDataSocket):  # type: ignore[misc] # the SDK has no types
    """One connection. What happens is told to `tell`, from any of its threads, until `close` and shortly after."""

    def __new__(cls, *_: object, **__: object) -> Self:
        return object.__new__(cls)  # the SDK's would be the one that there was before

    def __init__(self, token: str, addresses: Addresses, silence: float, tell: Callable[[Happening], None]) -> None:
        """`token`: app id and access token, with a colon between. `silence`: seconds in which a message is due."""
        super().__init__(token, reconnect=False, on_message=self._heard, on_error=self._failed)
        self.data_logger.exception = lambda error: self._fail(
            f"{type(error).__name__}: {error}", token_refused=isinstance(error, TokenRefusedError)
        )
        self.symbol_token = Topics()
        self.ids: Mapping[str, int] = {}
        """What ticks are made for: instrument_id by symbol. Replaced, never changed."""
        self.seen: set[str] = set()
        """Symbols of which a tick came."""
        self._addresses = addresses
        self._silence = silence
        self._tell = tell
        self._closing = threading.Event()
        self._contracts: set[str] = set()
        self._state: Mapping[str, Any] = {}
        self._answers: list[str] = []
        self._ticks: list[Tick] = []
        self._rejected: Counter[str] = Counter()
        self._app: websocket.WebSocketApp | None = None
        self._connection: Any = None
        if addresses.socket:
            self._FyersDataSocket__url = addresses.socket
        if addresses.symbols:
            defines.INDEX_HSM_MAPPING_API = f"{addresses.symbols}/index_hsm_mapping.json"

    def open(self) -> None:
        """Start to connect and to authenticate."""
        if not self.access_token_to_hsmtoken():
            return
        self._app = websocket.WebSocketApp(
            self._FyersDataSocket__url,
            on_open=self._opened,
            on_message=lambda _, message: self._FyersDataSocket__response_msg(message),
            on_pong=lambda *_: self._received(),
            on_error=lambda _, error: self._fail(str(error).partition(" -+-+- ")[0]),
            on_close=lambda *_: self._fail("closed by the server"),
        )
        # a server need not send anything while nothing trades, but must answer a ping
        keepalive = {"ping_interval": self._silence / 3}
        self.ws_thread = threading.Thread(target=self._app.run_forever, kwargs=keepalive, daemon=True)
        self.ws_thread.start()

    def ask(self, request: Callable[[list[str]], None], symbols: Iterable[str]) -> None:
        """Subscribe or unsubscribe as many as one message takes, on a thread of its own: it makes HTTP requests."""
        self.scrips_count[CHANNEL] = list(self.symbol_token)  # else it unsubscribes nothing but its last subscription
        threading.Thread(target=request, args=(list(symbols),), daemon=True).start()

    def close(self) -> None:
        """Hang up and end the threads; none takes longer than a timeout, nor is it waited for longer than a second."""
        self._closing.set()
        self._stop_sending()
        if self._app:
            self._app.keep_running = False
            if self._connection:
                self._connection.abort()
            self.ws_thread.join(1)
            if self._connection and not self.ws_thread.is_alive():
                self._connection.shutdown()  # the library leaves it open where the server closed first

    def _opened(self, app: websocket.WebSocketApp) -> None:
        self._connection = app.sock
        if not self._closing.is_set():
            self._FyersDataSocket__on_open(app)
        if self._closing.is_set():  # since then, perhaps
            app.keep_running = False
            self._stop_sending()

    def _stop_sending(self) -> None:
        if self.message_thread_stop_event:
            self.message_thread_stop_event.set()
            with self.message_lock:
                self.message_condition.notify_all()

    def _fail(self, reason: str, *, token_refused: bool = False) -> None:
        if self._ticks and threading.current_thread() is self.ws_thread:
            self._received()  # of the message that failed, what came before the failure
        self._tell(Failed(reason, token_refused))

    def _failed(self, error: Any) -> None:  # noqa: ANN401 - the SDK has no types
        """Take an error from the SDK."""
        if not isinstance(error, dict):
            self._fail(str(error))
            return
        kind, code = error.get("type"), error.get("code")
        reason = f"fyers {code}: {error.get('message')}"
        if code == defines.SYMBOL_LIMIT_EXCEEDED_CODE:
            self._tell(Limited(reason))
        elif kind == defines.CUSTOM_MSG_TYPE:
            log.warning("message from fyers", message=reason)
        else:
            self._fail(reason, token_refused=kind == defines.AUTH_TYPE and code in REFUSALS)

    def _heard(self, message: dict[str, Any]) -> None:
        """Take an answer or an instrument's update from the SDK."""
        symbol = message.get("symbol")
        if symbol is None:
            self._answers.append(message["type"])
            if message["type"] == defines.UNSUBS_TYPE:
                self._forget(set(self.unsub_symbol))
            return
        instrument_id = self.ids.get(symbol)
        if instrument_id is None:
            self._rejected["unknown instrument"] += 1
            return
        try:
            tick = tick_of(instrument_id, message, self._state, is_contract=symbol in self._contracts)
        except (KeyError, TypeError, ValueError):
            self._rejected["undecodable update"] += 1
            return
        self._ticks.append(tick)
        self.seen.add(symbol)

    def _forget(self, topics: set[str]) -> None:
        """Drop the numbers of topics: the server may give them to others."""
        for numbers in (self.scrips_sym, self.index_sym):
            for number in [number for number, topic in numbers.items() if topic in topics]:
                del numbers[number]

    def _received(self) -> None:
        """Tell what a message brought."""
        self._tell(Received(self._ticks, self._rejected, time.time_ns() // 1_000))
        for answer in self._answers:
            self._tell(Answered(answer))
        self._ticks, self._rejected, self._answers = [], Counter(), []

    def _FyersDataSocket__response_msg(self, data: Any) -> None:  # noqa: ANN401 - as above
        if isinstance(data, str):
            self._rejected["text message"] += 1
        else:
            super()._FyersDataSocket__response_msg(data)
        self._received()

    def _FyersDataSocket__response_output(self, state: Mapping[str, Any], kind: str) -> None:
        self._state = state
        super()._FyersDataSocket__response_output(state, kind)

    def _FyersDataSocket__send_message(self, message: bytes) -> None:
        try:
            super()._FyersDataSocket__send_message(message)
        except Exception as error:  # noqa: BLE001 - of whatever kind, the connection is over
            self._fail(f"not sent: {error}")

    def _FyersDataSocket__ping(self) -> None:
        while not self._closing.wait(PING_SECONDS):
            self.add_message(PING)

    def _FyersDataSocket__symbol_conversion(self, symbols: list[str]) -> dict[str, str]:
        """Return the symbols that Fyers knows, by topic. Raises what goes wrong."""
        carried = {symbol: topic for topic, symbol in self.symbol_token.copy().items()}
        known = {carried[symbol]: symbol for symbol in symbols if symbol in carried}
        unknown = [symbol for symbol in symbols if symbol not in carried]
        conversion = data_ws.SymbolConversion(self._FyersDataSocket__access_token, self.data_type, self.log_path)
        if self._addresses.api:
            conversion.symbols_token_api = f"{self._addresses.api}/data/symbol-token"
        for first in range(0, len(unknown), LOOKUP):
            topics, _, _, error = conversion.symbol_to_hsmtoken(unknown[first : first + LOOKUP])
            if error:
                raise RuntimeError(error)
            known |= topics
        self._contracts |= {symbol for topic, symbol in known.items() if topic.split("|")[1] not in CASH}
        self._tell(Known(frozenset(known.values())))
        return known
