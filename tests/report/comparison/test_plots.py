"""The plots of a comparison."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from crack_exp.report.comparison.content import Comparison, Ranking
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.comparison.plots import COMPARISON_PLOTS
from crack_exp.report.comparison.quality_and_cost import AXES
from crack_exp.report.pictures import write_png
from tests.report.comparison.comparisons import comparison_of, epochs, with_each

FOR_TWO_CLASSES = [name for name in COMPARISON_PLOTS if name != "classes"]


def with_classes(ranking: Ranking, classes: int) -> Ranking:
    names = [f"a kind of crack {number}" for number in range(classes)]
    return with_each(ranking, class_names=names, confusion=np.full((classes, classes), 123.3))


@pytest.mark.parametrize("name", COMPARISON_PLOTS)
def test_every_plot_shows_the_labels_and_has_an_alternative_text(name: str, ranking: Ranking, tmp_path: Path) -> None:
    shown = with_classes(ranking, 3)
    figure = COMPARISON_PLOTS[name](shown)
    assert figure is not None
    write_png(figure, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.width > 700
    texts = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    texts += [axes.get_title(loc="left").partition("\n")[0] for axes in figure.axes]
    texts += [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert [text for text in texts if text in ("A", "B", "C")] == ["A", "B", "C"]
    write_comparison(comparison_of(shown), tmp_path / "comparison.html")
    page = (tmp_path / "comparison.html").read_text()
    assert f'alt="{(COMPARISON_PLOTS[name].__doc__ or "").splitlines()[0]}"' in page


@pytest.mark.parametrize("name", COMPARISON_PLOTS)
@pytest.mark.parametrize("settings", [2, 12])
def test_no_part_of_a_plot_overlaps_another_or_is_cut(name: str, settings: int, many: Ranking) -> None:
    figure = COMPARISON_PLOTS[name](with_classes(replace(many, ranked=many.ranked[:settings]), 5))
    assert figure is not None
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    parts = [*figure.texts, *figure.legends, *(axes for axes in figure.axes if axes.axison)]
    boxes = [box for part in parts if (box := part.get_tightbbox(renderer))]
    assert all(box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y0 >= -1 for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize(("settings", "classes"), [(2, 3), (3, 5), (12, 3), (4, 10)])
def test_any_number_of_matrices_fits_the_plot(many: Ranking, settings: int, classes: int) -> None:
    figure = COMPARISON_PLOTS["classes"](with_classes(replace(many, ranked=many.ranked[:settings]), classes))
    assert figure is not None
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = [axes for axes in figure.axes if axes.axison]
    boxes = [box for axes in drawn if (box := axes.get_tightbbox(canvas.get_renderer()))]
    assert len(drawn) == min(settings, 6)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    cell_px = drawn[0].get_window_extent().width / classes
    assert max(text.get_window_extent().width for text in drawn[0].texts) < cell_px


def test_the_matrix_of_decisions_names_missed_cracks_and_false_alarms(ranking: Ranking) -> None:
    figure = COMPARISON_PLOTS["decisions"](ranking)
    assert figure is not None and ranking.best.decisions is not None
    (found, missed), (alarms, right) = ranking.best.decisions.confusion
    assert found + missed == 100 and alarms + right == 100
    title = figure.axes[0].get_title(loc="left")
    assert title == f"A\n{number(missed)} of 100 missed\n{number(alarms)} of 100 alarms"
    assert [text.get_text().partition("\n")[0] for text in figure.axes[0].texts] == [
        number(one) for one in (found, missed, alarms, right)
    ]


def number(count: float) -> str:
    return f"{count:.0f}" if count == round(count) else f"{count:.1f}"


def test_settings_of_two_classes_have_no_matrix_of_classes(ranking: Ranking) -> None:
    assert COMPARISON_PLOTS["classes"](ranking) is None


def test_a_curve_is_the_mean_of_the_seeds(ranking: Ranking) -> None:
    figure = COMPARISON_PLOTS["curves"](ranking)
    assert figure is not None
    first, *_ = figure.axes[1].get_lines()
    expected = np.mean([[row.val_loss for row in history] for history in ranking.best.histories], axis=0)
    np.testing.assert_allclose(np.asarray(first.get_ydata(), float), expected)


def test_a_single_epoch_is_a_dot_at_one(ranking: Ranking) -> None:
    figure = COMPARISON_PLOTS["curves"](with_each(ranking, histories=[epochs(1, 0.1)] * 3))
    assert figure is not None
    FigureCanvasAgg(figure).draw()
    low, high = figure.axes[0].get_xlim()
    assert [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high] == [1]
    assert {line.get_marker() for line in figure.axes[0].get_lines()} == {"o"}


def drawn_costs(ranking: Ranking) -> list[str]:
    figure = COMPARISON_PLOTS["quality_and_cost"](ranking)
    return [] if figure is None else [axes.get_xlabel() for axes in figure.axes if axes.get_xlabel()]


def test_a_cost_that_does_not_differ_is_not_drawn(ranking: Ranking) -> None:
    assert drawn_costs(ranking) == [AXES["training_seconds"]]
    first, *others = ranking.ranked
    larger = replace(first, costs={**first.costs, "parameters": [2.3e6] * 3})
    assert drawn_costs(replace(ranking, ranked=[larger, *others]))[1:] == ["parameters (millions)"]
    same = with_each(ranking, costs={cost: [np.nan] * 3 for cost in first.costs})
    assert drawn_costs(same) == []


def test_cracks_found_and_false_alarms_are_drawn_against_the_cost(ranking: Ranking) -> None:
    figure = COMPARISON_PLOTS["quality_and_cost"](ranking)
    assert figure is not None
    assert [axes.get_ylabel() for axes in figure.axes] == ["cracks found (%)", "false alarms (%)", "AUROC"]
    best = ranking.best.figures["recall_at_threshold"]
    assert best.interval is not None
    _, bar, mark, *_ = figure.axes[0].get_lines()
    np.testing.assert_allclose(np.asarray(bar.get_ydata(), float), 100 * np.array(best.interval))
    np.testing.assert_allclose(np.asarray(mark.get_xydata(), float), [[11.0, 100 * best.mean]])


def test_the_figures_stand_below_each_other_with_their_intervals(ranking: Ranking) -> None:
    figure = COMPARISON_PLOTS["intervals"](ranking)
    assert figure is not None
    assert [axes.get_xlabel() for axes in figure.axes] == ["cracks found (%)", "false alarms (%)", "AUROC"]
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == [one.label for one in ranking.ranked]
    best = ranking.best.figures["auroc"]
    assert best.interval is not None
    line, seeds, dot, *_ = figure.axes[2].get_lines()
    np.testing.assert_allclose(np.asarray(line.get_xdata(), float), best.interval)
    np.testing.assert_allclose(np.asarray(seeds.get_xdata(), float), best.of_runs)
    np.testing.assert_allclose(np.asarray(dot.get_xdata(), float), [best.mean])


def test_pictures_fit_a_phone(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison(comparison, tmp_path / "comparison.html")
    page = (tmp_path / "comparison.html").read_text()
    assert page.count('<img class="narrow" src="data:image/png') == len(FOR_TWO_CLASSES)
