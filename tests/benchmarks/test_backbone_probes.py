"""A probe is trained and its strength chosen on its own side, and every set of weights is asked the same."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

probes = import_module("backbone_probes")
Sets = import_module("backbone_images").Sets


@pytest.fixture
def sets(image_set: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """60 images of concrete, nine photos of ten tiles, 30 bricks; 8 labels are few and 20 are many."""
    monkeypatch.setattr(probes, "FEW", 8)
    monkeypatch.setattr(probes, "MANY", 20)
    walls = image_set("walls", [1, 1, 1, 1, 0, 0, 0, 0, 0, 0] * 9, [f"photo {number // 10}" for number in range(90)])
    return Sets(image_set("CCIC", [1, 0] * 30), walls, [image_set("bricks", [1, 0] * 15)])


def noise(images: Any, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(len(images.examples), 6))


def told(images: Any) -> np.ndarray:
    """Features each of which tells the label."""
    return noise(images, 0) + 20 * images.is_crack[:, None]


def test_every_measure_is_taken_in_each_draw(sets: Any) -> None:
    planned = probes.plan(sets, draws=2)
    scores = probes.scores_of(planned, {images.name: told(images) for images in sets.all})
    assert scores == {
        "CCIC accuracy, 8 labels": [1, 1],
        "CCIC accuracy, 20 labels": [1, 1],
        "CCIC, 20 labels, to walls AUROC": [1, 1],
        "walls AUROC": [1, 1],
        "walls recall at 5% false alarms": [1, 1],
        "walls AUROC, 8 labels": [1, 1],
        "walls recall at 5% false alarms, 8 labels": [1, 1],
        "bricks AUROC, 8 labels": [1, 1],
    }
    # Six photos train where three judge.
    by_photo = [title for title, overlap in probes.overlaps(planned).items() if overlap == 0.5]
    assert by_photo == list(scores)[3:7]


def test_features_that_tell_nothing_score_like_chance(sets: Any) -> None:
    planned = probes.plan(Sets(None, None, [sets.concrete]), draws=3)
    scores = probes.scores_of(planned, {"CCIC": noise(sets.concrete, 1)})
    assert 0.3 < np.mean(scores["CCIC AUROC, 8 labels"]) < 0.7


def test_only_what_the_images_allow_is_measured(sets: Any) -> None:
    walls_alone = probes.plan(Sets(None, sets.walls, []), draws=2)
    assert len(probes.overlaps(walls_alone)) == 4
    concrete_alone = probes.plan(Sets(sets.concrete, None, []), draws=2)
    assert list(probes.overlaps(concrete_alone)) == ["CCIC accuracy, 8 labels", "CCIC accuracy, 20 labels"]


def test_all_weights_get_the_same_draws(sets: Any) -> None:
    first, again = (probes.plan(sets, draws=2) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.indices, other.indices)


def test_the_probe_never_sees_what_it_is_judged_on(sets: Any) -> None:
    # Features that name each image: learnt by heart, they say nothing of any other.
    planned = probes.plan(Sets(None, None, [sets.concrete]), draws=2)
    scores = probes.scores_of(planned, {"CCIC": np.eye(len(sets.concrete.examples))})
    assert scores["CCIC AUROC, 8 labels"] == [0.5, 0.5]


def test_the_strength_is_chosen_on_photos_that_the_fold_has_not_seen() -> None:
    # Each photo is all cracked or all intact, and the features name the photo: of no use for another one.
    photos = np.repeat([f"photo {number:02}" for number in range(16)], 4)
    is_crack = np.arange(64) // 4 % 2 == 1
    features = np.repeat(np.eye(16), 4, axis=0)
    by_photo = probes.fit_probe(features, is_crack, photos, seed=0)[-1].C
    by_tile = probes.fit_probe(features, is_crack, np.arange(64).astype(str), seed=0)[-1].C
    assert by_photo <= 0.01 and by_tile >= 1


@pytest.mark.parametrize(
    ("higher_intact", "recall"),
    [(0, 1.0), (1, 1.0), (2, 0.5), (40, 0.5)],
)
def test_recall_allows_one_false_alarm_in_twenty(
    image_set: Callable[..., Any], higher_intact: int, recall: float
) -> None:
    # 20 intact images, of which 5 % is one; a crack above all of them, and one that so many of them outdo.
    walls = image_set("walls", [1, 1] + [0] * 20)
    intact = np.where(np.arange(20) < higher_intact, 0.6, 0.1)
    predictions = walls.predictions(np.arange(22), np.concatenate([[0.9, 0.5], intact]))
    assert probes.recall_at_few_false_alarms(predictions) == recall


def test_without_labels_the_head_is_judged_on_all_images(image_set: Callable[..., Any]) -> None:
    # Of the four pairs of a crack and an intact image three are in order; three of four lie on their side of a half.
    walls = image_set("walls", [1, 1, 0, 0], ["a", "a", "b", "c"])
    figures = probes.zero_shot(walls, np.array([0.9, 0.3, 0.4, 0.1]))
    area, share = figures["walls AUROC, zero-shot"], figures["walls accuracy, zero-shot"]
    assert (area.mean, share.mean) == (0.75, 0.75)
    assert area.low < 0.6 and 0.9 < area.high < 1
    assert share.low < 0.6 and 0.9 < share.high < 1
