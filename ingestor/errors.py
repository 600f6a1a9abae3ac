"""Errors that a user can act on: one sentence, and a hint that shows the way out."""

from __future__ import annotations


class BhavError(Exception):
    """Something the user can put right. The command line prints it without a traceback and exits 1."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
