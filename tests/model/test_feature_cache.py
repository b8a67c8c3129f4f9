"""The feature cache: files are written completely or not at all, with a limit of the total size."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from crack_exp.model.feature_cache import ArraySpec, FeatureCache

SIX = ArraySpec((6, 2), "float16")
ROWS = np.arange(12, dtype=np.float16).reshape(6, 2)


def write(cache: FeatureCache, key: str, age_s: float = 0) -> Path:
    with cache.exclusive():
        cache.write({key: SIX}, [{key: ROWS[:4]}, {key: ROWS[4:]}])
    path = cache.folder / f"{key}.npy"
    os.utime(path, (1e9 - age_s, 1e9 - age_s))
    return path


def test_batches_are_written_to_one_array(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "new", 1e6)
    assert not cache.read({"a": SIX})
    write(cache, "a")
    array = cache.read({"a": SIX})["a"]
    assert isinstance(array, np.memmap)
    np.testing.assert_array_equal(array, ROWS)


def test_a_file_with_another_shape_or_a_truncated_one_is_not_read(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, 1e6)
    for other in (ArraySpec((5, 2), "float16"), ArraySpec((6, 2), "float32")):
        write(cache, "a")
        assert not cache.read({"a": other})
    path = write(cache, "a")
    path.write_bytes(path.read_bytes()[:-1])
    assert not cache.read({"a": SIX})


@pytest.mark.parametrize("position", [3, 70, 128, 130, -40, -1])
def test_a_file_with_a_changed_byte_is_deleted_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, position: int
) -> None:
    cache = FeatureCache(tmp_path, 1e6)
    path = write(cache, "a")
    changed = bytearray(path.read_bytes())
    changed[position] ^= 0xFF
    path.write_bytes(changed)
    assert not cache.read({"a": SIX}) and not path.exists()
    assert caplog.messages == [f"features: '{path}' is damaged, and made anew"]


def test_a_failed_writer_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[dict[str, np.ndarray]]:
        yield {"a": ROWS[:4], "b": ROWS[:4]}
        raise OSError(28, "No space left on device")

    cache = FeatureCache(tmp_path, 1e6)
    with pytest.raises(OSError), cache.exclusive():
        cache.write({"a": SIX, "b": SIX}, broken())
    assert [path.name for path in tmp_path.iterdir()] == ["lease"]


def test_leftover_files_of_a_killed_writer_are_deleted(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, 1e6)
    left = write(cache, "a").rename(tmp_path / "b.unfinished")
    assert not cache.read({"b": SIX})
    with cache.exclusive():
        assert not left.exists()


def test_the_lock_for_writing_is_exclusive(tmp_path: Path) -> None:
    cache, order = FeatureCache(tmp_path, 1e6), list[str]()

    def second() -> None:
        with cache.exclusive():
            order.append("second")

    with cache.exclusive():
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_too_few_rows_are_never_read(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, 1e6)
    with cache.exclusive():
        cache.write({"a": SIX}, [{"a": ROWS[:4]}])
    assert not cache.read({"a": SIX})


def test_the_least_recently_used_file_is_deleted_first(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, 10_000)
    paths = [write(cache, key, age_s) for key, age_s in (("old", 20), ("older", 30), ("new", 10))]
    cache.read({"older": SIX})  # used now
    size = paths[0].stat().st_size
    FeatureCache(tmp_path, 3 * size).make_room(size)
    assert {path.stem for path in cache.files()} == {"older", "new"}


def test_some_disk_space_is_left_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = SimpleNamespace(free=1_000_000_999)
    monkeypatch.setattr("crack_exp.model.feature_cache.disk_usage", lambda folder: free)
    cache = FeatureCache(tmp_path, 1e6)
    cache.make_room(999)
    with pytest.raises(OSError, match="would fill the disk"):
        cache.make_room(1_000)


def test_features_larger_than_the_limit_delete_no_other_files(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, 1_000)
    write(cache, "a")
    with pytest.raises(OSError, match="more than its max_gb"):
        cache.make_room(1_001)
    assert len(cache.files()) == 1
