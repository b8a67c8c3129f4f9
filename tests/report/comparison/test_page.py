"""The page of a comparison."""

import html
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from crack_exp.report.comparison.content import Comparison, Ranking
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.comparison.plots import COMPARISON_PLOTS
from crack_exp.report.comparison.tables import COSTS
from crack_exp.report.numbers import figure_text, interval_text
from tests.report.comparison.comparisons import comparison_of, with_each, without_decisions

PAGE = "comparison.html"


def written(comparison: Comparison, folder: Path) -> str:
    write_comparison(comparison, folder / PAGE)
    return (folder / PAGE).read_text()


def test_the_page_is_complete_and_self_contained(comparison: Comparison, tmp_path: Path) -> None:
    page = written(comparison, tmp_path)
    for text in (
        "3 settings compared",
        "C is significantly worse",
        "optimizer=sgd",
        "run 7 (&#39;old&#39;) has no predictions",
        "python -m crack_exp.compare sweep=monday",
        "A: cracks found",
        "Missed cracks and false alarms",
    ):
        assert text in page, text
    assert page.count("data:image/png;base64,") == len(COMPARISON_PLOTS) - 1, "two classes have no matrix of classes"
    assert "http" not in page.replace("http://www.w3.org", "") and list(tmp_path.iterdir()) == [tmp_path / PAGE]


def test_the_headline_has_intervals_and_the_seeds_by_name(comparison: Comparison, tmp_path: Path) -> None:
    figure = comparison.rankings[0].best.figures["auroc"]
    assert figure.interval is not None
    interval = html.escape(interval_text("auroc", figure.interval))
    seeds = f"seeds: {min(figure.of_runs):.3f} to {max(figure.of_runs):.3f}"
    assert f"<b>{figure.mean:.3f}</b><span>{interval}; {seeds}</span>A: AUROC" in written(comparison, tmp_path)


def test_only_what_differs_is_listed_with_the_settings_of_each_value(ranking: Ranking, tmp_path: Path) -> None:
    first, *others = ranking.ranked
    others = [replace(one, settings={"optimizer": "adam", "training.dropout": "0.5"}) for one in others]
    first = replace(first, settings={"optimizer": "adam", "training.dropout": ""})
    page = written(comparison_of(replace(ranking, ranked=[first, *others])), tmp_path)
    assert "<td>training.dropout</td><td>A: –\nB, C: 0.5</td>" in page


def test_of_many_settings_the_worse_ones_are_folded(many: Ranking, tmp_path: Path) -> None:
    page = written(comparison_of(many), tmp_path)
    folded = re.findall(r"<details><summary>(.*?)</summary>(.*?)</details>", page, re.DOTALL)
    others = [content for title, content in folded if title == "4 other settings"]
    assert len(others) == 5 and all("<td>K</td>" in content and "<td>A</td>" not in content for content in others)
    assert any(title == "all 66 pairs" for title, _ in folded)


def test_figures_of_many_settings_stand_beside_shrunken_ones(many: Ranking, tmp_path: Path) -> None:
    page = written(comparison_of(many), tmp_path)
    assert f"\nshrunken: {html.escape(figure_text('auroc', many.shrunken('A') or 0))} ±\N{NO-BREAK SPACE}0.0" in page
    assert "(James and Stein)" in page


def test_other_sets_of_test_images_have_a_short_section_and_the_command_for_more(
    ranking: Ranking, tmp_path: Path
) -> None:
    page = written(replace(comparison_of(ranking, ranking), alone=["run 9 is alone"]), tmp_path)
    assert page.count("data:image/png;base64,") == len(COMPARISON_PLOTS) - 1
    assert "<h2>Test images 2: 3 settings</h2>" in page and page.count("<td>optimizer=sgd\nseeds 1, 2, 3</td>") == 2
    assert "<pre>python -m crack_exp.compare &#39;runs=[0123abcd]&#39;</pre>" in page
    assert "<li>run 9 is alone</li>" in page


def test_unknown_values_are_left_out(ranking: Ranking, tmp_path: Path) -> None:
    costs = dict.fromkeys(COSTS, [np.nan] * 3)
    bare = replace(
        ranking,
        ranked=[without_decisions(one) for one in with_each(ranking, histories=[[], [], []], costs=costs).ranked],
        disagreements=None,
    )
    page = written(comparison_of(bare), tmp_path)
    assert "<th>cracks found</th>" in page and "–</td>" in page
    assert page.count("data:image/png") == 1 and "model.keras (MB)" not in page
    assert "<h2>Missed cracks and false alarms</h2>" not in page and "<h2>Learning curves</h2>" not in page
    assert "A, B, C: a run recorded no threshold" in page and "A, B, C: not calibrated" in page
    assert "fewer than two settings recorded the threshold" in page


def test_costs_are_in_a_table(comparison: Comparison, tmp_path: Path) -> None:
    page = written(comparison, tmp_path)
    assert "<td>B</td><td>21.0</td><td>21.0</td><td>410,000</td>" in page
    assert "<td>optimizer=nadam\nseeds 1, 2, 3</td>" in page


def test_the_page_says_how_honest_probabilities_are(comparison: Comparison, ranking: Ranking, tmp_path: Path) -> None:
    page = written(comparison, tmp_path)
    assert "<th>calibration error</th><th>Brier score</th><th>cross-entropy</th>" in page
    assert f"<td>{figure_text('ece', ranking.best.figures['ece'].mean)}\nseeds: " in page
