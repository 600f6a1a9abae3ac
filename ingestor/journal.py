"""The append-only journal on disk between the feed and the database.

A segment is a file of frames: a header (CRC-32 of all that follows, kind, length of the payload, time range of its
ticks) and a payload. It is written as ticks arrive, fsynced and closed at each flush, and deleted once the database has
committed it. Segments are numbered without gaps or repeats; the database records the last that it committed, so each is
stored exactly once. A segment that holds more than whole frames is kept beside the others as `….damaged`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import zlib
from pathlib import Path
from typing import IO, NamedTuple
from uuid import UUID, uuid4

from ingestor.errors import BhavError

TICKS = b"T"
LATE = b"L"
OFFSESSION = b"O"
STATS = b"S"
CONNECTION = b"C"
KINDS = (TICKS, LATE, OFFSESSION, STATS, CONNECTION)
_CHECKSUM = struct.Struct(">I")
_HEADER = struct.Struct(">cIqq")


class Frame(NamedTuple):
    kind: bytes
    payload: bytes
    since: int = 0
    """Earliest and latest time of the ticks in the payload, in microseconds since the Unix epoch; 0 without ticks."""
    until: int = 0


class Journal:
    """The segments in one directory; one process at a time."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._lock = (directory / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise BhavError(f"another daemon uses the journal in {directory}", "stop it, or set BHAV_HOME") from error
        self.id = self._identity()
        self._next = max((number(path) for path in self.segments()), default=0) + 1
        self._open: IO[bytes] | None = None

    def _identity(self) -> UUID:
        path = self.directory / "id"
        if not path.exists():
            new = path.with_suffix(".new")
            with new.open("w") as file:
                file.write(str(uuid4()))
                file.flush()
                os.fsync(file.fileno())
            new.rename(path)
        return UUID(path.read_text())

    def continue_after(self, committed: int) -> None:
        """Never number a segment at or below what the database has committed."""
        self._next = max(self._next, committed + 1)

    def segments(self) -> list[Path]:
        """Return the segments on disk, oldest first."""
        return sorted(self.directory.glob("*.segment"))

    def sizes(self) -> list[int]:
        """Return the bytes of each segment on disk. The writer may delete one between its listing and its measuring."""
        found = []
        for segment in self.segments():
            with contextlib.suppress(FileNotFoundError):
                found.append(segment.stat().st_size)
        return found

    def append(self, frame: Frame) -> None:
        """Write a frame to the open segment; it survives the death of this process, not yet that of the machine.

        Raises OSError when the disk does not take all of it.
        """
        if self._open is None:
            self._open = (self.directory / f"{self._next:015}.segment").open("xb", buffering=0)
            self._next += 1
        kind, payload, since, until = frame
        checked = _HEADER.pack(kind, len(payload), since, until) + payload
        data = _CHECKSUM.pack(zlib.crc32(checked)) + checked
        if self._open.write(data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._open.name)

    def seal(self) -> Path | None:
        """Close the open segment durably and return it, or None if nothing was appended."""
        if self._open is None:
            return None
        os.fsync(self._open.fileno())
        self._open.close()
        self._sync_directory()
        path = Path(self._open.name)
        self._open = None
        return path

    def _sync_directory(self) -> None:
        """Make the names of new files durable."""
        directory = os.open(self.directory, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)

    def close(self) -> None:
        self.seal()
        self._lock.close()


def number(segment: Path) -> int:
    return int(segment.stem)


def read(segment: Path) -> tuple[list[Frame], int]:
    """Return the whole frames of a segment, and how many bytes between or after them are none.

    Such bytes are the torn end that a dying machine or a full disk left, or damage done by the disk.
    """
    data = segment.read_bytes()
    frames: list[Frame] = []
    position = lost = 0
    while position < len(data):
        frame = _frame_at(data, position)
        if frame:
            frames.append(frame)
            position += _CHECKSUM.size + _HEADER.size + len(frame.payload)
        else:
            position += 1
            lost += 1
    return frames, lost


def _frame_at(data: bytes, position: int) -> Frame | None:
    start = position + _CHECKSUM.size
    if start + _HEADER.size > len(data):
        return None
    (checksum,) = _CHECKSUM.unpack_from(data, position)
    kind, length, since, until = _HEADER.unpack_from(data, start)
    end = start + _HEADER.size + length
    if kind not in KINDS or end > len(data) or zlib.crc32(data[start:end]) != checksum:
        return None
    return Frame(kind, data[start + _HEADER.size : end], since, until)
