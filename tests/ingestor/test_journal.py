"""What was appended is read back, whatever happened to the end of a file, under numbers never used twice."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor.config import ROOT
from ingestor.errors import BhavError
from ingestor.journal import LATE, OFFSESSION, STATS, TICKS, Frame, Journal, number, read

instants = st.integers(-(2**63), 2**63 - 1)
frames = st.builds(
    Frame, st.sampled_from([TICKS, LATE, OFFSESSION, STATS]), st.binary(max_size=200), instants, instants
)
SAMPLE = [
    Frame(TICKS, b"first", 1, 2),
    Frame(STATS, b"{}"),
    Frame(LATE, b"x" * 40, -5, 7),
    Frame(OFFSESSION, b"", 3, 3),
]


def sealed(journal: Journal, *appended: Frame) -> Path:
    for frame in appended:
        journal.append(frame)
    segment = journal.seal()
    assert segment is not None
    return segment


@given(segments=st.lists(st.lists(frames, min_size=1, max_size=8), max_size=5))
def test_what_was_appended_is_read_in_order(segments: list[list[Frame]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        paths = [sealed(journal, *appended) for appended in segments]
        assert journal.segments() == paths
        assert [read(path) for path in paths] == [(appended, 0) for appended in segments]
        assert [number(path) for path in paths] == list(range(1, len(segments) + 1))
        assert journal.seal() is None
        journal.close()


def test_a_segment_deleted_while_sizes_are_taken_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    kept = sealed(journal, *SAMPLE)
    (tmp_path / f"{2:015}.segment").symlink_to(tmp_path / "gone")  # is listed, and has no size
    assert len(journal.segments()) == 2
    assert journal.sizes() == [kept.stat().st_size]
    journal.close()


def test_a_segment_cut_anywhere_yields_its_whole_frames(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    path = sealed(journal, *SAMPLE)
    journal.close()
    whole = path.read_bytes()
    ends = [0]
    for place in range(1, len(SAMPLE) + 1):  # the length of a file with that many frames, written by itself
        alone = Journal(tmp_path / str(place))
        ends.append(sealed(alone, *SAMPLE[:place]).stat().st_size)
        alone.close()
    assert ends[-1] == len(whole)
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        count = sum(end <= length for end in ends[1:])
        assert read(path) == (SAMPLE[:count], length - ends[count])


@pytest.mark.parametrize("rest", [b"\0" * 4096, b"\xff" * 100, b"T" * 30])
def test_a_tail_that_was_never_written_yields_nothing(tmp_path: Path, rest: bytes) -> None:
    """A file system may show zeros, or what its blocks held before, where a dying machine had not written yet."""
    journal = Journal(tmp_path)
    path = sealed(journal, *SAMPLE)
    journal.close()
    path.write_bytes(path.read_bytes() + rest)
    assert read(path) == (SAMPLE, len(rest))


def test_any_changed_bit_costs_its_frame_and_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    path = sealed(journal, *SAMPLE)
    sizes = [sealed(journal, frame).stat().st_size for frame in SAMPLE]
    journal.close()
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        hit = next(place for place in range(len(SAMPLE)) if bit < 8 * sum(sizes[: place + 1]))
        assert read(path) == (SAMPLE[:hit] + SAMPLE[hit + 1 :], sizes[hit])


def test_appended_frames_are_readable_before_the_segment_is_sealed(tmp_path: Path) -> None:
    """So they are after the process was killed."""
    journal = Journal(tmp_path)
    journal.append(SAMPLE[0])
    journal.append(SAMPLE[1])
    (open_segment,) = journal.segments()
    assert read(open_segment) == (SAMPLE[:2], 0)
    journal.close()
    assert journal.segments() == [open_segment]


def test_a_second_process_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ingestor.journal import Journal; "
        "journal = Journal(Path(sys.argv[1])); print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"locked\n"
        with pytest.raises(BhavError, match="another daemon uses the journal") as refused:
            Journal(tmp_path)
        assert "BHAV_HOME" in refused.value.hint
        first.kill()
    Journal(tmp_path).close()


def test_numbering_goes_on_after_a_restart_and_after_what_is_committed(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    left = [sealed(first, SAMPLE[0]), sealed(first, SAMPLE[0])]
    first.close()

    second = Journal(tmp_path)
    assert second.segments() == left
    assert number(sealed(second, SAMPLE[0])) == 3
    for segment in second.segments():
        segment.unlink()
    second.close()

    third = Journal(tmp_path)
    third.continue_after(3)
    assert number(sealed(third, SAMPLE[0])) == 4
    third.continue_after(2)
    assert number(sealed(third, SAMPLE[0])) == 5
    third.close()


def test_segments_are_listed_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.continue_after(8)
    paths = [sealed(journal, SAMPLE[0]) for _ in range(3)]
    assert [number(path) for path in journal.segments()] == [9, 10, 11]
    assert journal.segments() == paths
    journal.close()


def test_the_id_is_the_journals_own_and_stays(tmp_path: Path) -> None:
    ids = []
    for folder in ("a", "a", "b"):
        journal = Journal(tmp_path / folder)
        ids.append(journal.id)
        journal.close()
    assert ids[0] == ids[1] != ids[2]


def test_a_full_disk_is_an_error_and_what_was_written_before_stays(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(SAMPLE[0])
    (path,) = journal.segments()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, limits[1]))
    try:
        with pytest.raises(OSError, match=r"."):
            journal.append(SAMPLE[2])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    journal.close()
    assert read(path) == (SAMPLE[:1], 10)
