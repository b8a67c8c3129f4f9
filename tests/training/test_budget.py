"""The used share of the budget, and the learning rate."""

import math

import pytest

from crack_exp.training.budget import Budget, learning_rate


def test_a_budget_in_images_ignores_time() -> None:
    budget = Budget(seconds=None, images=1000)
    assert [budget.share_used(seconds=5e9, images=images) for images in (0, 250, 1000, 1064)] == [0, 0.25, 1, 1]


def test_a_budget_in_seconds_ignores_images() -> None:
    budget = Budget(seconds=60, images=None)
    assert [budget.share_used(seconds=seconds, images=10**9) for seconds in (0, 15, 90)] == [0, 0.25, 1]


def test_the_time_left() -> None:
    assert Budget(seconds=60, images=None).seconds_left(seconds=45, images=1) == pytest.approx(15)
    assert Budget(seconds=None, images=1000).seconds_left(seconds=30, images=250) == pytest.approx(90)
    assert Budget(seconds=None, images=1000).seconds_left(seconds=30, images=0) == math.inf


def test_the_learning_rate_rises_and_falls() -> None:
    rates = [learning_rate(share, peak=0.4, warm_up=0.2) for share in (0, 0.1, 0.2, 0.6, 1)]
    assert rates == pytest.approx([0, 0.2, 0.4, 0.2, 0])
    assert sorted(rates[2:], reverse=True) == rates[2:]


def test_without_warm_up_it_begins_at_the_peak() -> None:
    assert learning_rate(0, peak=0.4, warm_up=0) == 0.4
