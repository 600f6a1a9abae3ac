"""A program for tests to kill: one worker on a database and a local broker, quick to try again."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta

from ingestor import backfill, log
from ingestor.brokers import history
from ingestor.config import Settings

PATIENCE = timedelta(seconds=4)


def main() -> None:
    log.configure("ERROR")
    vars(history)["TIMEOUT"] = 1.0, 0.5
    backfill.AGAIN_SECONDS = 0.2
    backfill.LIMIT_SECONDS["kite"] = 0.2
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    backfill.Worker(sys.argv[1], settings, "kite", threading.Event(), patience=PATIENCE).run()


if __name__ == "__main__":
    main()
