"""What one more wall will show: order statistics by hand, and how often the bounds hold."""

import numpy as np
import pytest

from crack_exp.evaluation.next_group import NextGroup, highest_share, lowest_share


def walls_of(shares: list[float], images: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """(N,) hits and (N,) walls of `images` images each."""
    hits = np.concatenate([np.arange(images) < round(share * images) for share in shares])
    return hits, np.repeat(np.arange(len(shares)), images)


def test_nineteen_walls_bound_the_next_by_their_worst() -> None:
    """Of 20 walls, each is the worst with a chance of 1 in 20."""
    hits, walls = walls_of([0.6] + [0.9] * 9 + [1.0] * 9)
    assert lowest_share(hits, walls, 0.95) == NextGroup(0.6, 0.95, groups=19, needed=19)
    bound = highest_share(hits, walls, 0.95)
    assert bound is not None and bound.share == 1.0


def test_thirty_nine_walls_leave_one_out() -> None:
    hits, walls = walls_of([0.1, 0.6] + [0.9] * 37)
    bound = lowest_share(hits, walls, 0.95)
    assert bound is not None and bound.share == 0.6
    fewer = lowest_share(*walls_of([0.1, 0.6] + [0.9] * 36), 0.95)
    assert fewer is not None and fewer.share == 0.1


@pytest.mark.parametrize(("confidence", "needed"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)])
def test_fewer_walls_give_a_lower_confidence_and_say_so(confidence: float, needed: int) -> None:
    hits, walls = walls_of([0.5, 0.9, 1.0])
    bound = lowest_share(hits, walls, confidence)
    assert bound is not None and bound.needed == needed
    assert bound.confidence == (0.5 if confidence == 0.5 else 0.75)


def test_the_number_of_walls_needed_suffices_and_one_less_does_not() -> None:
    for confidence in (0.8, 0.9, 0.95, 0.99):
        bound = lowest_share(*walls_of([0.5] * 2), confidence)
        assert bound is not None
        enough = lowest_share(*walls_of([0.5] * bound.needed), confidence)
        less = lowest_share(*walls_of([0.5] * (bound.needed - 1)), confidence)
        assert enough is not None and enough.confidence == confidence
        assert less is not None and less.confidence < confidence


def test_one_wall_and_single_images_say_nothing_of_the_next_wall() -> None:
    assert lowest_share(*walls_of([0.9]), 0.95) is None
    assert lowest_share(np.ones(100, bool), np.arange(100), 0.95) is None
    copies = np.concatenate([np.arange(90), [0, 0, 1, 1, 2]])  # byte copies of a few images
    assert lowest_share(np.ones(95, bool), copies, 0.95) is None


@pytest.mark.parametrize(("walls", "expected"), [(19, 0.95), (5, 5 / 6)])
def test_the_next_wall_keeps_the_bound_as_often_as_is_said(walls: int, expected: float) -> None:
    """On walls that differ much, in size too. The interval of the mean has the next wall much more seldom."""
    random, held = np.random.default_rng(0), 0
    for _ in range(600):
        sizes = np.maximum(1, random.lognormal(np.log(20), 1, walls + 1)).astype(int)
        drawn = random.random(sizes.sum()) < np.repeat(random.beta(4, 1, walls + 1), sizes)
        members = np.repeat(np.arange(walls + 1), sizes)
        bound = lowest_share(drawn[members < walls], members[members < walls], 0.95)
        assert bound is not None and bound.confidence == pytest.approx(expected)
        held += drawn[members == walls].mean() >= bound.share
    assert expected - 0.03 <= held / 600 <= expected + 0.03
