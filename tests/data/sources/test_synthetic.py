import errno
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.data.sources import synthetic as source
from crack_exp.data.sources.synthetic import synthetic
from crack_exp.painter import CLASS_NAMES, PAINTER_VERSION, dataset_worker, paint_patch
from crack_exp.system.checksums import CONTENTS
from crack_exp.system.files import publish

PAINT_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from crack_exp.system.files import publish
from crack_exp.data.sources.synthetic import synthetic
print(len(synthetic(Path(sys.argv[1]), images=40, size_px=32, paint_seed=0)))
"""


def test_classes_are_balanced_and_names_are_sorted_paths_below_the_set(tmp_path: Path) -> None:
    examples = synthetic(tmp_path, images=15, size_px=32, paint_seed=0)
    assert Counter(example.label for example in examples) == dict.fromkeys(CLASS_NAMES, 3)
    assert [example.name for example in examples] == sorted(example.name for example in examples)
    assert examples[0].name == "hairline/00001.jpg"
    assert examples[0].group == examples[0].name
    assert examples[0].path == tmp_path / f"v{PAINTER_VERSION}-15x32px-seed0" / "hairline" / "00001.jpg"


def test_the_files_equal_the_results_of_paint_patch(tmp_path: Path) -> None:
    examples = synthetic(tmp_path, images=5, size_px=64, paint_seed=3)
    structural = next(example for example in examples if example.label == "structural")
    with Image.open(structural.path) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (64, 64), "RGB")
        written = np.asarray(image, dtype=float)
    painted = paint_patch(3 * 2**32 + 4, "structural", 64).pixels
    assert np.abs(written - painted).mean() < 6


def test_the_same_arguments_give_the_same_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    def contents(folder: str, paint_seed: int) -> list[bytes]:
        return [example.path.read_bytes() for example in synthetic(tmp_path / folder, 10, 32, paint_seed)]

    assert contents("one", 0) == contents("two", 0)
    assert not set(contents("one", 0)) & set(contents("one", 1))


def test_painting_on_all_cores_gives_the_same_bytes(tmp_path: Path, monkeypatch: Any) -> None:
    here = [example.path.read_bytes() for example in synthetic(tmp_path / "here", 30, 32, 0)]
    monkeypatch.setattr(source, "FEW_IMAGES", 0)
    on_all_cores = [example.path.read_bytes() for example in synthetic(tmp_path / "on_all_cores", 30, 32, 0)]
    assert on_all_cores == here


def test_an_unguarded_script_from_standard_input_may_paint_on_all_cores(tmp_path: Path) -> None:
    script = PAINT_IN_ANOTHER_PROCESS.replace("images=40", "images=200")
    command = [sys.executable, "-", str(tmp_path)]
    run = subprocess.run(command, input=script, capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "200\n", "")


def test_a_write_error_of_the_workers_is_raised(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        source._paint_on_all_cores(tmp_path / "gone", 10, 32, 0)


def test_painters_end_when_their_reader_ends(tmp_path: Path) -> None:
    for label in CLASS_NAMES:
        (tmp_path / label).mkdir()
    command = [sys.executable, "-m", dataset_worker.__name__, str(tmp_path), "100000", "32", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as painters:
        assert painters.stdout is not None and painters.stderr is not None
        assert painters.stdout.readline() == b"painted\n"
        painters.stdout.close()
        assert painters.stderr.read() == b""
    assert painters.returncode == 0
    assert len(list(tmp_path.glob("*/*.jpg"))) < 50000


def test_a_finished_set_is_read_and_not_painted_again(tmp_path: Path, monkeypatch: Any) -> None:
    first = synthetic(tmp_path, 5, 32, 0)
    monkeypatch.setattr(source, "paint_file", lambda *_: pytest.fail("painted again"))
    assert synthetic(tmp_path, 5, 32, 0) == first


def test_a_failed_writer_leaves_no_set(tmp_path: Path, monkeypatch: Any) -> None:
    def dies(folder: Path, size_px: int, paint_seed: int, number: int) -> None:
        if number == 3:
            raise KeyboardInterrupt
        (folder / CLASS_NAMES[number % 5] / f"{number:05d}.jpg").write_bytes(b"half")

    with monkeypatch.context() as patched:
        patched.setattr(source, "paint_file", dies)
        with pytest.raises(KeyboardInterrupt):
            synthetic(tmp_path, 10, 32, 0)
    assert list(tmp_path.iterdir()) == []
    assert all(example.path.read_bytes() != b"half" for example in synthetic(tmp_path, 10, 32, 0))


def test_a_killed_writer_leaves_no_set(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom crack_exp.data.sources import synthetic as source\n"
        "paint = source.paint_file\n"
        "def killed(folder, size_px, paint_seed, number):\n"
        "    os.kill(os.getpid(), 9) if number == 20 else paint(folder, size_px, paint_seed, number)\n"
        "source.paint_file = killed\n"
    ) + PAINT_IN_ANOTHER_PROCESS
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True).returncode == -9
    assert [path.name[0] for path in tmp_path.iterdir()] == ["."]
    assert len(synthetic(tmp_path, 40, 32, 0)) == 40


def test_two_simultaneous_writers_both_get_the_set(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PAINT_IN_ANOTHER_PROCESS, str(tmp_path)]
    with ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(lambda _: subprocess.run(command, capture_output=True, text=True), range(2)))
    assert [(run.returncode, run.stdout) for run in runs] == [(0, "40\n")] * 2, runs
    assert [path.name for path in tmp_path.iterdir()] == [f"v{PAINTER_VERSION}-40x32px-seed0"]


def test_the_slower_of_two_writers_uses_the_set_of_the_faster_one(tmp_path: Path) -> None:
    quicker = synthetic(tmp_path, 5, 32, 0)[0].path.parents[1]
    slower = tmp_path / "unfinished"
    shutil.copytree(quicker, slower)
    publish(slower, quicker)
    assert len(synthetic(tmp_path, 5, 32, 0)) == 5


def test_an_image_that_is_gone_or_changed_is_painted_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    examples = synthetic(tmp_path, 10, 32, 0)
    painted = [example.path.read_bytes() for example in examples]
    examples[0].path.unlink()
    changed = bytearray(painted[7])
    changed[-3] ^= 1
    examples[7].path.write_bytes(changed)
    (of_the_user := examples[0].path.with_name("mine.jpg")).touch()
    assert synthetic(tmp_path, 10, 32, 0) == examples
    assert [example.path.read_bytes() for example in examples] == painted and of_the_user.exists()
    assert f"what has changed since it was painted: {examples[0].name}, {examples[7].name}\n" in caplog.text
    caplog.clear()
    assert synthetic(tmp_path, 10, 32, 0) == examples and not caplog.messages


def test_a_set_that_nothing_is_known_of_is_painted_anew(tmp_path: Path) -> None:
    examples = synthetic(tmp_path, 5, 32, 0)
    painted = [example.path.read_bytes() for example in examples]
    shutil.rmtree(examples[0].path.parent)
    (examples[0].path.parents[1] / CONTENTS).unlink()
    assert synthetic(tmp_path, 5, 32, 0) == examples
    assert [example.path.read_bytes() for example in examples] == painted


def test_a_full_disk_is_reported_with_the_folder(tmp_path: Path, monkeypatch: Any) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(source, "paint_file", full)
    with pytest.raises(ValueError, match=r"data\.folder: cannot write 100 images, about 2 MB, .*No space left"):
        synthetic(tmp_path, 100, 227, 0)
    assert list(tmp_path.iterdir()) == []


def test_too_small_a_disk_is_refused_before_painting(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"data\.folder: cannot write .*No space left on device"):
        synthetic(tmp_path, 5 * 10**12, 227, 0)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ValueError, match=r"data\.folder: .*taken"):
        synthetic(tmp_path / "taken", 5, 32, 0)


@pytest.mark.parametrize(
    ("images", "size_px", "paint_seed", "message"),
    [
        (0, 227, 0, r"data\.images: 0 images"),
        (2001, 227, 0, r"data\.images: 2001 images cannot be divided equally among 5 classes"),
        (5, 16, 0, r"data\.size_px: 16 is outside of 32 to 768"),
        (5, 1000, 0, r"data\.size_px: 1000"),
        (5, 227, -1, r"data\.paint_seed: -1 is negative"),
    ],
)
def test_arguments_out_of_range_are_refused(
    tmp_path: Path, images: int, size_px: int, paint_seed: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        synthetic(tmp_path, images, size_px, paint_seed)


def test_painting_loads_no_tensorflow() -> None:
    code = "import sys, crack_exp.data.sources.synthetic; print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "False False\n"
