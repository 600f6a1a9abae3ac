"""The shipped daemon in a process of its own, fed over a local socket."""

from __future__ import annotations

import multiprocessing
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.harness import kite
from ingestor import log
from ingestor.config import Settings
from ingestor.service import Service

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path

    from ingestor.counts import Counts
    from ingestor.model import Event


@dataclass(frozen=True, slots=True)
class Daemon:
    """How to start it."""

    url: str
    home: Path
    """Its BHAV_HOME, which holds the journal; everything else is as shipped."""
    ids: Mapping[int, int]
    """instrument_id by Kite token."""
    may_wait: bool
    """True: it takes from the socket what it can store; False: it drops and counts the overflow, as a live feed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the daemon came to."""

    seconds: float
    """From its connection to the socket until it ended."""
    cpu_seconds: float
    """CPU time of the daemon's process in that time."""
    counts: Counts


class Link:
    """The socket into a running daemon; `run` once it has ended."""

    run: Run

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection


class SocketFeed:
    """Feed of what comes over a socket."""

    source = "kite"

    def __init__(self, address: tuple[str, int], daemon: Daemon) -> None:
        self.may_wait = daemon.may_wait
        self.started = (0.0, 0.0)
        self._address = address
        self._ids = daemon.ids

    def run(self, emit: Callable[[Event], None], stop: threading.Event) -> None:
        with socket.create_connection(self._address) as connection, connection.makefile("rb", 1 << 20) as stream:
            self.started = time.monotonic(), time.process_time()
            for event in kite.events(stream.read, self._ids):
                emit(event)
                if stop.is_set():
                    return

    def progress(self) -> tuple[float, float]:
        return 0, 0


@contextmanager
def running(daemon: Daemon) -> Iterator[Link]:
    """Start the daemon and connect it; on leaving, hang up and wait until it has stored everything."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = context.Process(target=_serve, args=(daemon, server.getsockname(), theirs))
        process.start()
        theirs.close()
        server.settimeout(60)
        link = Link(server.accept()[0])
        link.socket.settimeout(None)
    with link.socket:
        yield link
    link.run = ours.recv()
    process.join()


def _serve(daemon: Daemon, address: tuple[str, int], report: Connection) -> None:
    log.configure("ERROR")
    feed = SocketFeed(address, daemon)
    settings = Settings(bhav_home=daemon.home)
    service = Service(daemon.url, settings, lambda _: feed)
    service.run()
    assert service.intake is not None
    started, cpu = feed.started
    report.send(Run(time.monotonic() - started, time.process_time() - cpu, service.intake.total))
