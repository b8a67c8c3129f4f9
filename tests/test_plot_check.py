"""The check of plots finds what it is there to find, and calls a good plot good."""

import pytest
from matplotlib.figure import Figure

from tests.plot_check import plot_problems


def plot(*texts: tuple[float, float, str]) -> Figure:
    """With axes, of which one ends between two ticks, and these texts at (x, y)."""
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1])
    axes.set_xlim(0, 0.95)
    axes.set_xlabel("a label")
    for x, y, text in texts:
        figure.text(x, y, text)
    return figure


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ([(0.5, 0.5, "over"), (0.51, 0.51, "under")], "'over' and 'under' overlap"),
        ([(0.98, 0.5, "beyond")], "'beyond' is cut off by the edge of the plot"),
        ([(0.5, 0.01, "across the label")], "'a label' and 'across the label' overlap"),
    ],
)
def test_each_problem_is_found(texts: list[tuple[float, float, str]], problem: str) -> None:
    (found,) = plot_problems(plot(*texts))
    assert sorted(found.split("'")) == sorted(problem.split("'"))


def test_a_good_plot_has_no_problem() -> None:
    assert plot_problems(plot((0.3, 0.7, "over"), (0.6, 0.4, "under"))) == []
