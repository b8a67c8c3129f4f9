"""The intervals are those that the caption names, and the table fits its page."""

from importlib import import_module
from io import StringIO
from typing import Any

import numpy as np
import pytest
from rich.console import Console

shown = import_module("backbone_table")


def result(**draws: list[float]) -> Any:
    return shown.Result(draws, {}, cpu_seconds=1.0)


def test_the_interval_is_students_t() -> None:
    # Mean 2, standard deviation 1; t of 2 degrees of freedom is 4.3027 at 97.5 %, and 4.3027 / sqrt(3) = 2.4842.
    figure = shown.figure_of(np.array([1.0, 2.0, 3.0]), overlap=0)
    assert (figure.mean, figure.low, figure.high) == pytest.approx((2, 2 - 2.4842, 2 + 2.4842), abs=1e-4)


def test_draws_that_share_photos_have_a_wider_interval() -> None:
    # One judging photo for each two in training: 4.3027 * sqrt(1 / 3 + 1 / 2) = 3.9278.
    figure = shown.figure_of(np.array([1.0, 2.0, 3.0]), overlap=0.5)
    assert (figure.low, figure.high) == pytest.approx((2 - 3.9278, 2 + 3.9278), abs=1e-4)


def test_a_gain_is_taken_draw_by_draw() -> None:
    results = {"imagenet": [result(a=[0.7, 0.8, 0.6])], "painted": [result(a=[0.8, 0.9, 0.7])]}
    cells = shown.cells_of(results, {"a": 0.5})["a"]
    assert cells["imagenet"].gain is None
    gain = cells["painted"].gain
    # Far apart as the draws are, the difference is the same in each of them.
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))
    assert cells["painted"].figure.high - cells["painted"].figure.low > 0.5


def test_nothing_is_gained_over_weights_that_are_not_there() -> None:
    cells = shown.cells_of({"painted": [result(a=[0.8, 0.9])], "random": [result(a=[0.5, 0.6])]}, {"a": 0})
    assert cells["a"]["painted"].gain is None


def test_training_seeds_are_averaged_within_a_draw_and_shown_apart() -> None:
    cells = shown.cells_of({"painted": [result(a=[0.7, 0.9]), result(a=[0.9, 0.7])]}, {"a": 0})
    cell = cells["a"]["painted"]
    assert (cell.figure.low, cell.figure.high) == pytest.approx((0.8, 0.8))
    assert cell.by_seed == pytest.approx([0.8, 0.8])


def test_what_a_head_says_without_labels_stands_beside_it_with_its_own_interval() -> None:
    seeds = [shown.Result({"a": [0.5, 0.5]}, {"b": shown.Figure(mean, mean - 0.1, 1.0)}, 1.0) for mean in (0.8, 0.9)]
    cells = shown.cells_of({"random": [result(a=[0.5, 0.5])], "painted": seeds}, {"a": 0})
    assert list(cells["b"]) == ["painted"]
    assert shown.lines(cells["b"]["painted"]) == ["0.850", "0.750 to 1.000", "0.800..0.900"]


def test_a_cell_tells_mean_gain_and_seeds() -> None:
    figure, gain = shown.Figure(0.9, 0.88, 0.92), shown.Figure(-0.05, -0.06, -0.04)
    assert shown.lines(shown.Cell(figure, [0.9], None, drawn=True)) == ["0.900 ±0.020"]
    assert shown.lines(shown.Cell(figure, [0.89, 0.91], gain, drawn=True)) == [
        *("0.900 ±0.020", "-0.050 ±0.010", "0.890..0.910")
    ]


def test_five_kinds_fit_on_a_hundred_columns() -> None:
    kinds = ["random", "painted", "imagenet", "imagenet+painted", "something longer"]
    title = "CCIC, 800 labels, to SDNET2018 AUROC"
    results = {kind: [result(**{title: [0.5, 0.7, 0.8]}), result(**{title: [0.6, 0.7, 0.8]})] for kind in kinds}
    cells = shown.cells_of(results, {title: 0.5})
    page = StringIO()
    Console(file=page, width=100).print(shown.table(cells, kinds, "a title"))
    assert "…" not in page.getvalue()
    assert page.getvalue().count("0.683 ±") == 5 and page.getvalue().count("0.667..0.700") == 5
    assert page.getvalue().count("+0.000 ±0.000") == 4


def test_markdown_holds_the_same_with_a_column_for_each_kind() -> None:
    results = {"imagenet": [result(a=[0.5, 0.5])], "painted": [result(a=[0.75, 0.75])]}
    text = shown.markdown(shown.cells_of(results, {"a": 0}), ["imagenet", "painted"])
    rows = text.splitlines()[:3]
    assert rows == [
        "|  | imagenet | painted |",
        "| --- | ---: | ---: |",
        "| a | 0.500 ±0.000 | 0.750 ±0.000<br>+0.250 ±0.000 |",
    ]
    assert "difference from imagenet" in text and "Zero-shot" not in text
