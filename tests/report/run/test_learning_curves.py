"""The range of the axes, and the mark of fine-tuning."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from crack_exp.report.run.content import RunReport
from crack_exp.report.run.learning_curves import interesting_range, learning_curves
from crack_exp.training.history import EpochRecord

MakeReport = Callable[..., RunReport]


def curves_of(report: RunReport) -> Figure:
    figure = learning_curves(report)
    assert figure is not None
    return figure


def with_epochs(report: RunReport, **values: float) -> RunReport:
    """The same report, every epoch of it with these values."""
    return replace(report, history=[EpochRecord(**(vars(row) | values)) for row in report.history])


def test_a_run_without_training_has_no_curves(make_report: MakeReport) -> None:
    assert learning_curves(make_report(["intact", "crack"], head=0, fine_tune=0)) is None


def test_outliers_in_the_first_epochs_are_omitted() -> None:
    values = np.array([50.0, 80.0] + [97.0, 98.0] * 20)
    low, high = interesting_range(values, limits=(0, 100))
    assert 96 < low < 97 and 98 < high <= 100


def test_values_near_the_others_are_shown() -> None:
    low, high = interesting_range(np.array([90.0, 94.0, 96.0, 97.0, 97.0, 97.5, 98.0]), limits=(0, 100))
    assert low < 90 and high > 98


def test_the_range_stays_within_the_limits() -> None:
    low, high = interesting_range(np.array([100.0, 100.0]), limits=(0, 100))
    assert low < 99.5 and 100 < high < 100.5


def test_no_tick_is_above_100_percent(make_report: MakeReport) -> None:
    report = make_report(["intact", "crack"])
    accuracy = curves_of(with_epochs(report, val_accuracy=0.9973, train_accuracy=0.992)).axes[0]
    low, high = accuracy.get_ylim()
    assert high > 100 and len(accuracy.get_yticks()) >= 3
    assert all(low <= tick <= 100 for tick in accuracy.get_yticks())


def test_a_nan_loss_does_not_stop_the_report(make_report: MakeReport) -> None:
    report = make_report(["intact", "crack"])
    figure = curves_of(with_epochs(report, val_loss=float("nan"), train_loss=float("inf")))
    assert np.isfinite(figure.axes[1].get_ylim()).all()


@pytest.mark.parametrize(("head", "fine_tune", "starts"), [(3, 2, [3.5]), (1, 4, [1.5]), (3, 0, [])])
def test_the_start_of_fine_tuning_is_marked_between_two_epochs(
    make_report: MakeReport, head: int, fine_tune: int, starts: list[float]
) -> None:
    figure = curves_of(make_report(["intact", "crack"], head=head, fine_tune=fine_tune))
    for axes in figure.axes:
        assert [text.xy[0] for text in axes.texts if text.get_text() == "fine-tuning starts"] == starts  # type: ignore[attr-defined]


def test_curves_have_the_values_of_the_epochs(make_report: MakeReport) -> None:
    accuracy, loss = curves_of(make_report(["intact", "crack"], head=2, fine_tune=0)).axes
    training, validation = accuracy.lines[:2]
    assert np.ravel(training.get_xdata()) == pytest.approx([1, 2])
    assert np.ravel(training.get_ydata()) == pytest.approx([50, 75])
    assert np.ravel(validation.get_ydata()) == pytest.approx([40, 70])
    assert np.ravel(loss.lines[1].get_ydata()) == pytest.approx([1.1, 0.55])
