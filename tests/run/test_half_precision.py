"""Features kept in 16 bits judge real images as those in 32 bits do."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from crack_exp.run import run

pytestmark = [pytest.mark.usefixtures("without_plots"), pytest.mark.thorough]

MAX_DIFFERENCE = 0.003
"""No probability moves so far, ten times as far as they do: a decision changes only within it of a tie.

Features rounded to the four binary digits that 8 bits keep move them by 0.06 and by 0.007.
"""
SETTINGS = [
    *("model=mobilenet_v2_035", "model.image_size_px=96", "data.path=images", "data.test=0.4"),
    *("optimizer.learning_rate=1e-2", "training.epochs=3", "fine_tune.optimizer.learning_rate=1e-4"),
    *("fine_tune.epochs=2", "runtime.precision=float32", "evaluation.bootstrap_resamples=50"),
]
Judge = Callable[..., np.ndarray]


@pytest.fixture
def judged(make_home: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """`judged(tiles, dtype, *settings)`: (N, 2) of the test images, after head and fine-tuning on such features."""

    def of(tiles: Sequence[Path], dtype: str, *settings: str) -> np.ndarray:
        home = make_home()
        monkeypatch.chdir(home)
        monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache"))
        for tile in tiles:
            folder = home / "images" / tile.parent.name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / tile.name).symlink_to(tile)
        evaluation = run([*settings, *SETTINGS, f"runtime.feature_cache.dtype={dtype}"])
        return evaluation.predictions.probabilities

    return of


def some(folder: Path, each: int) -> list[Path]:
    """So many tiles of either class, from all over the set."""
    listed = [sorted((folder / name).iterdir()) for name in ("Negative", "Positive")]
    return [files[index] for files in listed for index in np.linspace(0, len(files) - 1, each, dtype=int)]


def assert_alike(half: np.ndarray, full: np.ndarray) -> None:
    moved = np.abs(half - full).max()
    assert 0 < moved < MAX_DIFFERENCE  # equal ones would come from the same features
    changed = half.argmax(axis=1) != full.argmax(axis=1)
    assert np.all(full[changed].max(axis=1) < 0.5 + MAX_DIFFERENCE)


@pytest.mark.real_data
def test_wide_cracks_are_told_alike(real_data: Path, judged: Judge) -> None:
    weights = real_data / "weights" / "mobilenet_v2_0.35_224_no_top.weights.h5"
    tiles, settings = some(real_data / "data" / "ccic", 80), ("data=folder", f"model.weights={weights}")
    half, full = (judged(tiles, dtype, *settings) for dtype in ("float16", "float32"))
    assert_alike(half, full)  # measured: moved by 0.0004


@pytest.mark.real_data
def test_hairlines_are_told_alike_where_most_are_doubtful(real_data: Path, judged: Judge) -> None:
    tiles = some(real_data / "data" / "sdnet2018_walls", 80)
    half, full = (judged(tiles, dtype, "data=sdnet2018", "model.weights=painted") for dtype in ("float16", "float32"))
    assert (full.max(axis=1) < 0.9).mean() > 0.5
    assert_alike(half, full)  # measured: moved by 0.0002
