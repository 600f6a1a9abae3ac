"""The files of `sql/` in the order in which they are run, and a checksum of all that code is built from."""

from __future__ import annotations

import hashlib
import re
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from ingestor.errors import BhavError

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = ("timescale", "postgres")


def code_files(sql_dir: Path, engine: str) -> list[Path]:
    """Return what a rebuild runs for an engine: all but bootstrap.sql and 90_access, which every migration runs.

    Folders in order; in a folder its subfolders first, then by name, except that a file comes after those that its
    line `-- needs: name, name` lists. Raises BhavError when such lines do not resolve.
    """
    others = set(ENGINES) - {engine}
    files = [path for path in sql_dir.rglob("*.sql") if not others & set(path.relative_to(sql_dir).parts)]
    ordered: list[Path] = []
    for folder in sorted({path.parent for path in files}, key=lambda f: [*f.relative_to(sql_dir).parts, "~"]):
        siblings = {path.stem: path for path in sorted(files) if path.parent == folder}
        graph: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(siblings, ()))
        for name, path in siblings.items():
            for needs in re.findall(r"^-- needs: (.+)$", path.read_text(), re.MULTILINE):
                graph.add(name, *(need.strip() for need in needs.split(",")))
        try:
            ordered += [siblings[name] for name in graph.static_order()]
        except (CycleError, KeyError) as error:
            raise BhavError(f"{folder}: the '-- needs:' lines do not resolve: {error}") from error
    return [path for path in ordered if path.name != "bootstrap.sql" and path.parent != sql_dir / "90_access"]


def custom_files(folder: Path | None) -> list[Path]:
    """Return the user's own SQL files by name. Raises BhavError when there is no such folder."""
    if folder is None:
        return []
    if not folder.is_dir():
        raise BhavError(f"{folder} is not a folder", "BHAV_SQL_DIR names the folder of your own SQL")
    return sorted(folder.rglob("*.sql"))


def digest(engine: str, sql_dir: Path, code: list[Path], custom: list[Path]) -> str:
    """Return a checksum that changes with the content, the place or the order of any file."""
    checksum = hashlib.sha256(engine.encode())
    for path in [*code, *sorted(sql_dir.rglob("*.csv")), *custom]:
        name = path.name if path in custom else str(path.relative_to(sql_dir))
        checksum.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return checksum.hexdigest()
