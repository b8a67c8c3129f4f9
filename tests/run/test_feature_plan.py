"""What a phase works on changes how long it takes, and not what comes out."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crack_exp.data.sources.synthetic import synthetic
from crack_exp.model.classifier import add_head
from crack_exp.model.feature_engines import Engines
from crack_exp.run import run
from crack_exp.run.feature_plan import PhasePlan, cuts_of, plan_phases
from crack_exp.run.parts import add_classifier, build_parts
from crack_exp.run.prepare_images import prepare_images
from crack_exp.system.errors import UserError
from tests.composing import settings

pytestmark = pytest.mark.usefixtures("without_plots")


@dataclass(frozen=True)
class Finished:
    """losses: (epochs, 2), of training and validation; probabilities: (N, C) of the test images."""

    losses: np.ndarray
    probabilities: np.ndarray
    cache: Path

    @property
    def files(self) -> dict[str, int]:
        """The files of features, and which piece of the disk each is."""
        return {path.name: path.stat().st_ino for path in self.cache.glob("features/*.npy")}


Runner = Callable[..., Finished]
OF_THE_HEAD = ("training.epochs=1", "fine_tune=none")
NO_ROOM = "runtime.feature_cache.max_gb=1e-6"


@pytest.fixture(scope="module")
def run_with(
    tiny: list[str], tiny_head: list[str], make_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> Runner:
    """`run_with(*settings)` in a folder of its own, and with a cache of its own unless one is given."""

    def finished(*settings: str, cache: Path | None = None) -> Finished:
        home, cache = make_home(), cache or tmp_path_factory.mktemp("cache")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(home)
            patch.setenv("CRACK_EXP_CACHE", str(cache))
            # Features of random weights are all alike: nothing would be learned from them.
            smallest = tiny_head if "fine_tune=none" in settings else tiny
            evaluation = run([*smallest, "model.weights=painted", "optimizer.learning_rate=3e-3", *settings])
        (history,) = home.glob("outputs/*/*/history.csv")
        rows = csv.DictReader(history.read_text().splitlines())
        losses = np.array([[float(row["train_loss"]), float(row["val_loss"])] for row in rows])
        return Finished(losses, evaluation.predictions.probabilities, cache)

    return finished


@pytest.fixture
def in_own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the cache of this test alone."""
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache"))
    return tmp_path


def planned(*overrides: str, folder: Path) -> list[PhasePlan]:
    """What a run with these settings would train, and on what; the features are computed."""
    config = settings(*overrides)
    (audited := folder / "run").mkdir()
    parts, images = build_parts(config), prepare_images(config.data, audited, [], None)
    model = add_classifier(parts, images.splits, dropout=0)
    engines = Engines("auto", precision="float32", on_gpu=False)
    return plan_phases(config, parts, model, images, engines, is_trained=False)


def feature_files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("cache/features/*.npy")}


@pytest.fixture(scope="module")
def on_images(run_with: Runner) -> Finished:
    return run_with("runtime.feature_cache.max_gb=0")


@pytest.fixture(scope="module")
def on_features(run_with: Runner) -> Finished:
    return run_with("runtime.feature_cache.dtype=float32")


def test_features_give_the_losses_of_both_phases_that_images_give(on_images: Finished, on_features: Finished) -> None:
    assert on_images.losses.shape == (6, 2) and np.ptp(on_images.losses[:, 0]) > 0.01
    np.testing.assert_allclose(on_features.losses, on_images.losses, rtol=1e-4)
    np.testing.assert_allclose(on_features.probabilities, on_images.probabilities, atol=1e-4)


def test_each_phase_has_its_features(on_images: Finished, on_features: Finished) -> None:
    assert (len(on_images.files), len(on_features.files)) == (0, 2)


def test_half_precision_moves_no_probability_by_a_hundredth(on_images: Finished, on_kept_features: Finished) -> None:
    assert 0 < np.abs(on_kept_features.probabilities - on_images.probabilities).max() < 0.01


def test_another_run_reads_what_there_is(on_features: Finished, run_with: Runner) -> None:
    before = on_features.files
    settings = ("runtime.feature_cache.dtype=float32", "data.split_seed=3", "optimizer=rmsprop", "training.epochs=1")
    run_with(*settings, "fine_tune.epochs=1", cache=on_features.cache)
    assert on_features.files == before


@pytest.mark.parametrize(
    ("overrides", "cuts"),
    [
        ([], ["pooling", "block_10_project_BN"]),
        (["fine_tune=last_block"], ["pooling", "block_15_add"]),
        (["fine_tune=all"], ["pooling", None]),
        (["training.epochs=0", "fine_tune=last_block"], ["block_15_add"]),
        (["model.weights=none"], [None, None]),  # what the first phase trains cannot be known before
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and all(value) else "",
)
def test_a_phase_is_cut_off_what_is_frozen_from_the_start(overrides: list[str], cuts: list[str | None]) -> None:
    config = settings(*overrides)
    parts = build_parts(config)
    model = add_head(parts.body, classes=2, dropout=config.training.dropout)
    assert cuts_of(model, parts.phases) == cuts


def test_no_features_of_other_images_are_filed_under_the_contents_that_were_checked(
    backbone_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache"))
    first, *_ = synthetic(tmp_path, images=20, size_px=32, paint_seed=0)
    small = ("model=mobilenet_v2_035", f"model.weights={backbone_file}", "model.image_size_px=32")
    config = settings("data=folder", f"data.path={first.path.parents[1]}", "fine_tune=last_block", *small)
    (audited := tmp_path / "run").mkdir()
    parts, images = build_parts(config), prepare_images(config.data, audited, [], None)
    model = add_classifier(parts, images.splits, dropout=0)
    engines = Engines("keras", precision="float32", on_gpu=False)
    before = first.path.read_bytes()
    shutil.copy(images.splits.test[-1].path, first.path)
    with pytest.raises(UserError, match=f"{first.path}: the file has changed since it was checked"):
        plan_phases(config, parts, model, images, engines, is_trained=False)
    assert not list(tmp_path.glob("cache/features/*.npy"))
    first.path.write_bytes(before)
    plan_phases(config, parts, model, images, engines, is_trained=False)
    assert len(list(tmp_path.glob("cache/features/*.npy"))) == 2


def test_features_of_another_white_level_are_others(
    backbone_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache"))
    small = ("model=mobilenet_v2_035", f"model.weights={backbone_file}", "model.image_size_px=32", "fine_tune=none")
    exact = "runtime.feature_cache.dtype=float32"  # features of random weights are tiny
    for number, name in enumerate([f"{label}/{n}.png" for label in ("cracked", "intact") for n in range(10)]):
        (path := tmp_path / "walls" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((32, 32), 200 * number, np.uint16)).save(path)
    (audited := tmp_path / "run").mkdir()
    engines, kept = Engines("keras", precision="float32", on_gpu=False), list[np.ndarray]()
    for level in (65_535, 4095, 4095):
        config = settings("data=folder", f"data.path={tmp_path / 'walls'}", f"data.white_level={level}", exact, *small)
        parts, images = build_parts(config), prepare_images(config.data, audited, [], None)
        model = add_classifier(parts, images.splits, dropout=0)
        (plan,) = plan_phases(config, parts, model, images, engines, is_trained=False)
        kept.append(np.concatenate([features for features, _ in plan.batches.test]))
    assert len(list(tmp_path.glob("cache/features/*.npy"))) == 2
    assert (kept[0] != kept[1]).any() and (kept[1] == kept[2]).all()


@pytest.fixture(scope="module")
def on_changing_images(run_with: Runner) -> Finished:
    return run_with("augment=flips", *OF_THE_HEAD)


def test_images_that_change_in_every_epoch_are_not_kept(on_changing_images: Finished) -> None:
    assert not on_changing_images.files


@pytest.fixture(scope="module")
def two_views(run_with: Runner) -> Finished:
    return run_with("augment=flips", "augment.views=2")


def test_views_are_kept_for_both_phases_beside_the_images_as_they_are(two_views: Finished) -> None:
    assert len(two_views.files) == 2 * (1 + 2)


def test_a_later_run_reads_the_views_and_learns_the_same_from_them(two_views: Finished, run_with: Runner) -> None:
    before = two_views.files
    again = run_with("augment=flips", "augment.views=2", cache=two_views.cache)
    assert again.files == before
    np.testing.assert_array_equal(again.losses, two_views.losses)


@pytest.fixture(scope="module")
def files_of_two_views(two_views: Finished) -> dict[str, int]:
    """Before another run had the same cache."""
    return two_views.files


@pytest.fixture(scope="module")
def on_kept_features(two_views: Finished, files_of_two_views: dict[str, int], run_with: Runner) -> Finished:
    """A run with default settings, for which the run with views has left the features."""
    return run_with(cache=two_views.cache)


def test_a_run_without_changes_reads_what_is_kept_of_the_images_as_they_are(
    two_views: Finished, files_of_two_views: dict[str, int], on_kept_features: Finished
) -> None:
    assert on_kept_features.files == files_of_two_views
    assert np.abs(on_kept_features.losses - two_views.losses).max() > 1e-3


@pytest.mark.parametrize("settings_of_views", [["augment=photometric", "seed=1"], ["augment=flips", "seed=2"]])
def test_other_views_have_files_of_their_own(
    settings_of_views: list[str], two_views: Finished, tiny: list[str], in_own_cache: Path
) -> None:
    planned(*tiny, "model.weights=painted", *settings_of_views, "augment.views=1", folder=in_own_cache)
    files = feature_files(in_own_cache)
    assert len(files) == 4 and len(files & two_views.files.keys()) == 2


def test_views_without_room_leave_training_on_images(on_changing_images: Finished, run_with: Runner) -> None:
    without_room = run_with("augment=flips", *OF_THE_HEAD, "augment.views=2", NO_ROOM)
    np.testing.assert_array_equal(without_room.losses, on_changing_images.losses)


@pytest.mark.parametrize("without_views", [["augment=flips"], ["augment=flips", "augment.views=2", NO_ROOM]])
def test_without_views_both_phases_take_images(without_views: list[str], tiny: list[str], in_own_cache: Path) -> None:
    plans = planned(*tiny, *without_views, folder=in_own_cache)
    assert [plan.model.input_shape for plan in plans] == [(None, 32, 32, 3)] * 2
    assert not feature_files(in_own_cache)
