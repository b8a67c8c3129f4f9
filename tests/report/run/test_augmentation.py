"""The plot of augmented training images."""

from collections.abc import Callable
from dataclasses import replace

from crack_exp.report.run.augmentation import augmentation
from crack_exp.report.run.content import RunReport


def test_a_column_for_each_image_and_a_row_for_each_epoch(make_report: Callable[..., RunReport]) -> None:
    figure = augmentation(make_report(["intact", "crack"]))
    assert figure is not None
    drawn = [axes for axes in figure.axes if axes.images]
    assert len(drawn) == 6 * 4
    assert [axes.get_ylabel() for axes in drawn if axes.get_ylabel()] == ["original", "epoch 1", "epoch 2", "epoch 3"]


def test_without_augmentation_there_is_no_plot(make_report: Callable[..., RunReport]) -> None:
    assert augmentation(replace(make_report(["intact", "crack"]), augmented=lambda: [])) is None
