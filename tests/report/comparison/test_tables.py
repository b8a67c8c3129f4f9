"""Tables, plots and page of a comparison."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.disagreement import disagreements, seed_disagreements
from crack_exp.evaluation.metrics import confusion
from crack_exp.evaluation.paired_tests import COMPARED
from crack_exp.evaluation.pairwise import Pair, compare_pairs
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.selection import selection
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.comparison.plots import COMPARISON_PLOTS
from crack_exp.report.comparison.tables import (
    COSTS,
    MAX_PICTURES,
    ComparedSetting,
    Comparison,
    ShownDisagreements,
    comparison_text,
)
from crack_exp.report.pictures import write_png
from crack_exp.training.history import EpochRecord

LABELS = np.arange(200) % 2


def predictions(noise: float, seed: int) -> Predictions:
    logits = 2 * (2 * LABELS - 1) + noise * np.random.default_rng(seed).normal(size=len(LABELS))
    scores = 1 / (1 + np.exp(-logits))
    names = [f"{number:03}.jpg" for number in range(len(LABELS))]
    probabilities = np.stack([1 - scores, scores], axis=1)
    return Predictions(names, names, LABELS, probabilities, ["intact", "crack"], frozenset([0]))


def epochs(count: int, lift: float) -> list[EpochRecord]:
    return [
        EpochRecord(
            epoch=number + 1,
            phase="head" if number < 3 else "fine_tune",
            train_loss=0.6 / (number + 1),
            val_loss=0.7 / (number + 1) - lift / 10,
            train_accuracy=1 - 0.3 / (number + 1),
            val_accuracy=1 - 0.4 / (number + 1) + lift / 10,
            learning_rate=1e-4,
            seconds=1.0,
        )
        for number in range(count)
    ]


def compared_setting(
    name: str, auroc: float, evaluated: Sequence[Predictions], parameters: float = 410_000
) -> ComparedSetting:
    seeds = len(evaluated)
    spread = [auroc + 0.002 * number for number in range(seeds)]
    return ComparedSetting(
        name=name,
        seeds=[str(number + 1) for number in range(seeds)],
        figures={metric: spread for metric in ("accuracy", "auroc", "macro_f1", "loss")},
        validation=[value + 0.01 for value in spread],
        standing=None,
        intervals=[(value - 0.02, value + 0.01) for value in spread],
        costs={
            "training_seconds": [100 * auroc + number for number in range(seeds)],
            "other_seconds": [np.nan] * seeds,
            "parameters": [parameters] * seeds,
            "size_mb": [parameters * 4e-6] * seeds,
        },
        settings={"optimizer._target_": f"keras.optimizers.{name}", "training.dropout": ""},
        histories=[epochs(6, auroc - 0.9 + 0.01 * number) for number in range(seeds)],
        class_names=evaluated[0].class_names,
        confusion=np.mean([confusion(one) for one in evaluated], axis=0),
        seed_disagreements=seed_disagreements(evaluated),
    )


@pytest.fixture
def comparison() -> Comparison:
    of = {"adam": 1.0, "nadam": 1.05, "sgd": 8.0}
    runs = {name: {str(seed): predictions(noise, seed) for seed in (1, 2, 3)} for name, noise in of.items()}
    evaluated = {name: list(seeds.values()) for name, seeds in runs.items()}
    images, bootstrap = disagreements(evaluated), Bootstrap(100, 0, COMPARED)
    pictures = {image.name: np.full((8, 8, 3), 90, np.uint8) for image in images[:MAX_PICTURES]}
    return Comparison(
        command="python -m crack_exp.compare sweep=monday",
        same_runs="python -m crack_exp.compare 'runs=[0123abcd,4567abcd]'",
        metric="auroc",
        confidence=0.95,
        ranked=[
            compared_setting(name, auroc, evaluated[name])
            for name, auroc in {"adam": 0.97, "nadam": 0.969, "sgd": 0.91}.items()
        ],
        pairs=compare_pairs(runs, "auroc", bootstrap),
        images=200,
        groups=200,
        disagreements=ShownDisagreements(images, pictures, ""),
        excluded=["run 7 ('old') has no predictions"],
        by_validation=True,
        selection=selection(evaluated, "auroc", bootstrap),
    )


def test_the_text_has_the_results_and_the_smallest_detectable_gain(comparison: Comparison) -> None:
    text = " ".join(comparison_text(comparison).split())
    assert "0.9720" in text and "0.9700 to 0.9740" in text
    assert "sgd is significantly worse" in text
    assert "no significant difference; a" in text and "perfect model would gain 0.00" in text
    assert "corrected for 3 comparisons" in text
    assert all(len(line) <= 80 for line in comparison_text(comparison).splitlines())


def test_runs_on_different_images_are_not_ranked(comparison: Comparison) -> None:
    assert "All on the same 200 test images in 200 groups. Best first by validation, so" in " ".join(
        comparison_text(comparison).split()
    )
    refused = [Pair("adam", "sgd", [], {}, refused="evaluated on different images")]
    apart = Comparison(**(vars(comparison) | {"disagreements": None, "pairs": refused}))
    text = " ".join(comparison_text(apart).split())
    assert "Not all runs have the same test images: the order is not a ranking." in text
    assert "All on the same" not in text and "No pair could be tested." in text


def test_how_far_the_best_figure_flatters_is_said(comparison: Comparison) -> None:
    text = " ".join(comparison_text(comparison).split())
    assert "Best first by validation, so the test figure of the first is not flattered by this choice." in text
    assert "The best test figure of 3 equal settings is expected to flatter by 0.0" in text
    by_test = " ".join(comparison_text(replace(comparison, by_validation=False)).split())
    assert "Best first by test, since not all runs recorded validation figures." in by_test


def test_many_settings_have_shrunken_figures(comparison: Comparison, tmp_path: Path) -> None:
    assert "hrunken" not in comparison_text(comparison), "of three settings"
    evaluated = {f"n {noise}": [predictions(noise, seed) for seed in (1, 2)] for noise in (1.0, 4.0, 6.0, 8.0)}
    found = selection(evaluated, "auroc", Bootstrap(100, 0, COMPARED))
    assert found is not None
    ranked = [
        replace(compared_setting(name, 0.9, runs), standing=found.standings[name]) for name, runs in evaluated.items()
    ]
    four = replace(comparison, ranked=ranked, selection=found)
    shrunken = [standing.shrunken for standing in found.standings.values()]
    write_comparison(four, tmp_path / "comparison.html")
    page, text = (tmp_path / "comparison.html").read_text(), comparison_text(four)
    assert all(f"{value:.4f}" in page and f"{value:.4f}" in text for value in shrunken)
    assert "AUROC, shrunken" in page and "James and Stein" in page and "James and Stein" in text


def test_a_test_set_that_is_too_easy_is_reported(comparison: Comparison) -> None:
    assert "single images" not in comparison_text(comparison)
    easy = without(
        comparison, figures={metric: [0.995, 1.0, 1.0] for metric in ("accuracy", "auroc", "macro_f1", "loss")}
    )
    text = " ".join(comparison_text(easy).split())
    assert "Even the worst run has no more than 1 error: the differences are single images" in text


def test_a_long_name_is_wrapped_and_not_cut(comparison: Comparison) -> None:
    name = "model.weights=" + "a_long_way_down/" * 8
    first, *others = comparison.ranked
    long = replace(comparison, ranked=[replace(first, name=name), *others])
    text = comparison_text(long)
    assert "…" not in text and name in "".join(line.split(" ")[1] for line in text.splitlines() if line.strip())


def test_with_few_seeds_models_are_compared(comparison: Comparison) -> None:
    of = {"adam": 1.0, "sgd": 8.0}
    pairs = compare_pairs(
        {name: {"1": predictions(n, 1)} for name, n in of.items()}, "auroc", Bootstrap(100, 0, COMPARED)
    )
    text = " ".join(comparison_text(replace(comparison, pairs=pairs)).split())
    assert "sgd is significantly worse" in text and "models are compared, not settings" in text


def test_the_page_is_complete_and_self_contained(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison(comparison, tmp_path / "comparison.html")
    page = (tmp_path / "comparison.html").read_text()
    for text in (
        "3 settings compared",
        "sgd is significantly worse",
        "keras.optimizers.sgd",
        "run 7 (&#39;old&#39;) has no predictions",
        "python -m crack_exp.compare sweep=monday",
    ):
        assert text in page, text
    assert page.count("data:image/png;base64,") == len(COMPARISON_PLOTS)
    assert "http" not in page.replace("http://www.w3.org", "") and list(tmp_path.iterdir()) == [
        tmp_path / "comparison.html"
    ]


def without(comparison: Comparison, **fields: Any) -> Comparison:
    return replace(comparison, ranked=[replace(one, **fields) for one in comparison.ranked])


def test_unknown_values_are_not_drawn(comparison: Comparison, tmp_path: Path) -> None:
    unknown = [np.nan] * 3
    costs = dict.fromkeys(COSTS, unknown)
    bare = without(comparison, histories=[[], [], []], costs=costs, intervals=[None] * 3)
    assert [name for name, draw in COMPARISON_PLOTS.items() if draw(bare) is not None] == ["confusion_matrices"]
    write_comparison(bare, tmp_path / "comparison.html")
    page = (tmp_path / "comparison.html").read_text()
    assert page.count("data:image/png") == 1 and "model.keras (MB)" not in page


def test_known_costs_are_in_the_table(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison(comparison, tmp_path / "comparison.html")
    page = (tmp_path / "comparison.html").read_text()
    assert "<th>training (s)</th><th>parameters</th><th>model.keras (MB)</th>" in page
    assert "<td>adam</td><td>98.0</td><td>410,000</td><td>1.6</td>" in page


@pytest.mark.parametrize("name", COMPARISON_PLOTS)
def test_every_plot_has_a_legend_and_an_alternative_text(comparison: Comparison, name: str, tmp_path: Path) -> None:
    figure = COMPARISON_PLOTS[name](comparison)
    assert figure is not None
    write_png(figure, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.width > 900
    shown = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    shown += [axes.get_title(loc="left").partition("\n")[0] for axes in figure.axes if not figure.legends]
    assert shown == ["adam", "nadam", "sgd"]
    write_comparison(comparison, tmp_path / "comparison.html")
    assert (
        f'alt="{(COMPARISON_PLOTS[name].__doc__ or "").splitlines()[0]}"' in (tmp_path / "comparison.html").read_text()
    )


def test_a_curve_is_the_mean_of_the_seeds(comparison: Comparison) -> None:
    figure = COMPARISON_PLOTS["curves"](comparison)
    assert figure is not None
    adam, *_ = figure.axes[1].get_lines()
    expected = np.mean([[row.val_loss for row in history] for history in comparison.ranked[0].histories], axis=0)
    np.testing.assert_allclose(np.asarray(adam.get_ydata(), float), expected)


def test_a_single_epoch_is_a_dot_at_one(comparison: Comparison) -> None:
    figure = COMPARISON_PLOTS["curves"](without(comparison, histories=[epochs(1, 0.1)] * 3))
    assert figure is not None
    FigureCanvasAgg(figure).draw()
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1]
    assert {line.get_marker() for line in figure.axes[0].get_lines()} == {"o"}


def drawn_costs(comparison: Comparison) -> list[str]:
    figure = COMPARISON_PLOTS["quality_and_cost"](comparison)
    return [] if figure is None else [axes.get_xlabel() for axes in figure.axes]


def test_a_cost_that_does_not_differ_is_not_drawn(comparison: Comparison) -> None:
    assert drawn_costs(comparison) == ["training (s)"]
    first, *others = comparison.ranked
    larger = replace(first, costs={**first.costs, "parameters": [2.3e6] * 3, "size_mb": [9.4] * 3})
    assert drawn_costs(replace(comparison, ranked=[larger, *others])) == [
        "training (s)",
        "parameters (millions)",
        "model.keras (MB)",
    ]


def test_a_run_with_unknown_cost_is_not_drawn(comparison: Comparison) -> None:
    """Two of the three runs of adam have a time of training: 97 and 98 s; so 2 + 3 + 3 marks."""
    first, *others = comparison.ranked
    some = replace(first, costs={**first.costs, "training_seconds": [97.0, 98.0, np.nan]})
    figure = COMPARISON_PLOTS["quality_and_cost"](replace(comparison, ranked=[some, *others]))
    assert figure is not None
    marks = [line for line in figure.axes[0].get_lines() if line.get_marker() != "None" and np.size(line.get_xydata())]
    assert len(marks) == 8


def test_a_mark_is_at_its_cost_with_its_interval(comparison: Comparison) -> None:
    first, *others = comparison.ranked
    larger = replace(first, costs={**first.costs, "parameters": [2_300_000] * 3})
    figure = COMPARISON_PLOTS["quality_and_cost"](replace(comparison, ranked=[larger, *others]))
    assert figure is not None
    _, bar, mark, *_ = figure.axes[1].get_lines()
    assert np.allclose(bar.get_xydata(), np.array([(2.3, 0.95), (2.3, 0.98)]))
    assert np.allclose(mark.get_xydata(), np.array([(2.3, 0.97)]))
    low, high = figure.axes[1].get_ylim()
    assert low < 0.89 and high > 0.98, "the bars are complete"


def test_a_matrix_has_the_mean_counts_over_seeds(comparison: Comparison) -> None:
    matrix = np.array([[90.0, 10.0], [0.5, 99.5]])
    figure = COMPARISON_PLOTS["confusion_matrices"](without(comparison, confusion=matrix))
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].texts] == [
        "90\n90.0 %",
        "10\n10.0 %",
        "0.5\n0.5 %",
        "99.5\n99.5 %",
    ]
    assert figure.axes[0].get_title(loc="left") == "adam\naccuracy 94.8 %"


def test_settings_with_different_classes_have_no_matrices(comparison: Comparison) -> None:
    first, *others = comparison.ranked
    other = replace(first, class_names=["sound", "crack"])
    assert COMPARISON_PLOTS["confusion_matrices"](replace(comparison, ranked=[other, *others])) is None


@pytest.mark.parametrize(("settings", "classes"), [(2, 2), (5, 3), (12, 2), (3, 5), (4, 10)])
def test_any_number_of_matrices_fits_the_plot(comparison: Comparison, settings: int, classes: int) -> None:
    names = [f"a kind of crack {number}" for number in range(classes)]
    one = replace(comparison.ranked[0], class_names=names, confusion=np.full((classes, classes), 123.3))
    many = [replace(one, name=f"model.weights=a/long/way/{number}") for number in range(settings)]
    figure = COMPARISON_PLOTS["confusion_matrices"](replace(comparison, ranked=many))
    assert figure is not None
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = [axes for axes in figure.axes if axes.axison]
    boxes = [box for axes in drawn if (box := axes.get_tightbbox(canvas.get_renderer()))]
    assert len(drawn) == settings
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    cell_px = drawn[0].get_window_extent().width / classes
    assert max(text.get_window_extent().width for text in drawn[0].texts) < cell_px
