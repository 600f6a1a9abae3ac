"""Which database a command is about."""

from __future__ import annotations

from typing import Annotated

import typer

DatabaseOption = Annotated[
    str | None, typer.Option("--database", "-d", help="Name of the database.", show_default="bhav")
]
