"""The stream of paintings does not depend on the number of painters, which end with their reader."""

import array
import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from subprocess import Popen
from typing import Any

import numpy as np
import pytest

from crack_exp.painter import CLASS_NAMES, paint_patch, stream
from crack_exp.painter.stream import Paintings, Read, painting_stream
from crack_exp.painter.stream_record import SERIES, painting_label, painting_seed, reduced

SHARES = [0.4, 0.15, 0.15, 0.15, 0.15]


def stream_of(**changed: Any) -> AbstractContextManager[Read]:
    settings: dict[str, Any] = {
        "series": "training",
        "seed": 3,
        "first": 0,
        "size_px": 32,
        "class_shares": SHARES,
        "painters": 2,
    }
    return painting_stream(**(settings | changed))


def read(*counts: int, first: int = 0, painters: int = 1, series: str = "training", seed: int = 3) -> Paintings:
    """Paintings of 32 px, read from the stream in these numbers."""
    with stream_of(series=series, seed=seed, first=first, painters=painters) as take:
        portions = [take(count) for count in counts]
    return Paintings(*(np.concatenate([getattr(one, part) for one in portions]) for part in vars(portions[0])))


def assert_same(one: Paintings, other: Paintings) -> None:
    for part, values in vars(one).items():
        np.testing.assert_array_equal(values, getattr(other, part))


def test_the_stream_does_not_depend_on_the_number_of_painters_or_reads() -> None:
    alone = read(7)
    assert_same(alone, read(2, 5, painters=3))
    rest = Paintings(alone.pixels[4:], alone.labels[4:], alone.masks[4:])
    assert_same(rest, read(3, first=4, painters=2))


def test_a_painting_equals_paint_patch_with_its_seed() -> None:
    third = read(1, first=2)
    label = painting_label("training", 3, 2, SHARES)
    patch = paint_patch(painting_seed("training", 3, 2), CLASS_NAMES[label], 32)
    assert third.labels.tolist() == [label]
    np.testing.assert_array_equal(third.pixels[0], patch.pixels)
    np.testing.assert_array_equal(third.masks[0], reduced(patch.crack_mask))


def test_another_seed_or_series_gives_other_paintings() -> None:
    paintings = [read(1), read(1, seed=4), read(1, series="validation")]
    assert len({one.pixels.tobytes() for one in paintings}) == 3


def test_seeds_are_unique_for_series_seed_and_number_and_differ_from_file_sets() -> None:
    largest = 2**32 - 1
    places = [(series, seed, number) for series in SERIES for seed in (0, 1, largest) for number in (0, 1, 2**40)]
    assert len({painting_seed(*place) for place in places}) == len(places)
    of_files = largest * 2**32 + largest  # see dataset_worker: paint_seed and number have 32 bits each
    assert min(painting_seed(*place) for place in places) > of_files


def test_seeds_differ_although_numpy_pads_short_ones_with_zeros() -> None:
    """[seed, label, attempt] with a label in the place of a longer seed's word would give the same random numbers."""
    words = {mark for mark in SERIES.values()}
    assert all(len(CLASS_NAMES) <= word < 2**32 for word in words)


def test_classes_have_their_shares() -> None:
    labels = [painting_label("training", 1, number, SHARES) for number in range(4000)]
    counts = np.bincount(labels, minlength=5) / 4000
    np.testing.assert_allclose(counts, SHARES, atol=0.03)  # four standard deviations


def test_a_hairline_is_kept_in_a_reduced_mask() -> None:
    mask = np.zeros((8, 8), np.uint8)
    mask[2, 1] = 1  # of 255, in one pixel of 16
    mask[4:, 4:] = 255
    np.testing.assert_array_equal(reduced(mask), [[1, 0], [0, 255]])


def test_blank_paintings_have_the_shapes_of_real_ones() -> None:
    blank, real = stream.blank_paintings(2, 32), read(2)
    for part, values in vars(real).items():
        assert getattr(blank, part).shape == values.shape and getattr(blank, part).dtype == values.dtype
        assert not getattr(blank, part).any()


def test_the_error_message_of_a_painter_is_reported() -> None:
    with stream_of(class_shares=[0.5] * 5) as take, pytest.raises(RuntimeError) as raised:
        take(3)
    assert "a painter failed" in str(raised.value) and "robabilities do not sum to 1" in str(raised.value)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list["Popen[bytes]"]:
    """The painters of every stream of the test, as they start."""
    painters: list[Popen[bytes]] = []
    start = stream._start

    def remembered(*settings: Any) -> "Popen[bytes]":
        painters.append(start(*settings))
        return painters[-1]

    monkeypatch.setattr(stream, "_start", remembered)
    return painters


@pytest.mark.skipif(not hasattr(fcntl, "F_GETPIPE_SZ"), reason="the size of a pipe is known on Linux alone")
def test_a_painter_that_is_stopped_within_a_record_goes_on_with_it(
    started: list["Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers set PYTHONUNBUFFERED: a write to sys.stdout.buffer then ends early where the process is stopped."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    size_px = 160  # a record does not fit into the pipe
    with stream_of(size_px=size_px, painters=1) as take:
        (painter,) = started
        pipe: Any = painter.stdout
        wait_until(lambda: waiting_bytes(pipe) == fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ))
        painter.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, painter.pid, os.WSTOPPED)
        painter.send_signal(signal.SIGCONT)
        found = take(2)
    for number, pixels in enumerate(found.pixels):
        label = CLASS_NAMES[painting_label("training", 3, number, SHARES)]
        np.testing.assert_array_equal(pixels, paint_patch(painting_seed("training", 3, number), label, size_px).pixels)


def waiting_bytes(pipe: Any) -> int:
    """In the pipe, not read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert holds()


def test_a_killed_painter_is_an_error(started: list["Popen[bytes]"]) -> None:
    with stream_of() as take:
        take(2)
        started[1].kill()
        with pytest.raises(RuntimeError, match="a painter ended with exit code -9"):
            take(200)  # a pipe holds some that were painted before


def test_painters_end_when_their_reader_is_killed() -> None:
    program = f"""
import sys, time
from crack_exp.painter import stream
start, painters = stream._start, []
stream._start = lambda *settings: painters.append(start(*settings)) or painters[-1]
with stream.painting_stream(
    series="training", seed=0, first=0, size_px=32, class_shares={SHARES}, painters=2
) as take:
    take(2)
    print(*(painter.pid for painter in painters), flush=True)
    time.sleep(300)
"""
    reader = Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    painters = [int(word) for word in reader.stdout.readline().split()]
    reader.kill()
    reader.communicate()
    assert len(painters) == 2
    deadline = time.monotonic() + 60
    while any(map(runs, painters)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(runs, painters))


def runs(pid: int) -> bool:
    """Whether the process is running; a zombie counts as ended."""
    try:
        os.kill(pid, signal.SIG_DFL)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
