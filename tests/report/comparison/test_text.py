"""A comparison on the console."""

from dataclasses import replace

import numpy as np
import pytest

from crack_exp.evaluation.over_seeds import MeanFigure
from crack_exp.report.comparison.content import Comparison, Ranking, label_of
from crack_exp.report.comparison.tables import DECIDED, lacking_note, saturation_note
from crack_exp.report.comparison.text import comparison_text
from crack_exp.report.comparison.verdict import Standing, folded_away, shown, standing, verdict
from crack_exp.report.numbers import interval_text
from crack_exp.report.painted import PAINTED_IMAGES
from tests.report.comparison.comparisons import comparison_of, ranking_of, with_each, without_decisions

SCREENS = 2
LINES_OF_A_SCREEN = 50


def words(comparison: Comparison) -> str:
    return " ".join(comparison_text(comparison).split())


def test_labels_go_on_after_z() -> None:
    assert [label_of(number) for number in (0, 1, 25, 26, 27, 51, 52, 701, 702)] == [
        *("A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA")
    ]


def test_the_text_has_a_legend_the_figures_and_the_tests(comparison: Comparison, ranking: Ranking) -> None:
    text = comparison_text(comparison)
    assert text.startswith(
        "3 settings on 200 test images: 100 cracked, 100 intact\n\n A  optimizer=adam\n B  optimizer="
    )
    best = ranking.best.figures
    for metric in ("recall_at_threshold", "false_alarm_rate_at_threshold"):
        assert f"{100 * best[metric].mean:.1f} %" in text
    assert "cracks found" in text and "false alarms" in text
    assert "C is significantly worse" in text and "no significant difference" in text
    assert "corrected for 3 comparisons" in words(comparison)
    assert all(len(line) <= 80 for line in text.splitlines())


def test_below_a_mean_stand_its_interval_and_its_seeds_by_name(comparison: Comparison, ranking: Ranking) -> None:
    lines = comparison_text(comparison).splitlines()
    third = ranking.ranked[2]
    figure = third.figures["auroc"]
    assert figure.interval is not None and third.validation is not None
    at = next(number for number, line in enumerate(lines) if line.startswith(" C  ") and f"{figure.mean:.3f}" in line)
    assert lines[at + 1].startswith("  interval ") and interval_text("auroc", figure.interval) in lines[at + 1]
    assert lines[at + 2].startswith("  3 seeds ")
    assert f"{min(figure.of_runs):.3f} to {max(figure.of_runs):.3f}" in lines[at + 2]
    assert lines[at + 3].startswith("  validation ") and f"{third.validation:.3f}" in lines[at + 3]


def test_a_single_seed_has_no_line_of_seeds() -> None:
    text = comparison_text(comparison_of(ranking_of({"a": 1.0, "b": 8.0}, seeds=1)))
    assert "interval" in text and "seeds: " not in text.lower() and "1 seed" not in text
    assert "models are compared, not settings" in " ".join(text.split())


def test_the_verdict_sorts_the_others_by_how_they_stand_to_the_best(ranking: Ranking) -> None:
    assert verdict(ranking) == (
        "Best on validation: A. By AUROC on test, B is not significantly different from A; "
        "C is significantly worse than A."
    )
    by_test = replace(ranking, by_validation=False)
    assert verdict(by_test).startswith("Best on test: A.")
    assert "those of A are flattered" in words(comparison_of(by_test))
    assert "the test figures of A are not flattered by the choice" in words(comparison_of(ranking))


def test_the_best_on_validation_can_be_worse_on_test(ranking: Ranking) -> None:
    a, b, c = ranking.ranked
    first = replace(ranking, ranked=[c, a, b])
    assert [standing(first, one) for one in (a, b)] == [Standing.BETTER, Standing.BETTER]
    assert verdict(first).endswith("A and B are significantly better than C.")


def test_settings_that_cannot_be_tested_are_not_called_equal() -> None:
    one_group = ranking_of({"a": 1.0, "b": 8.0}, groups=1)
    assert [standing(one_group, one) for one in one_group.ranked[1:]] == [Standing.UNTESTED]
    assert "No intervals: all test images are of one group." in words(comparison_of(one_group))


def test_of_many_settings_the_best_and_those_like_it_are_shown(many: Ranking) -> None:
    assert [one.label for one in shown(many)] == list("ABCDEFGH")
    assert [one.label for one in folded_away(many)] == list("IJKL")
    worse = [one.label for one in many.ranked[1:] if standing(many, one) is Standing.WORSE]
    assert worse == ["K", "L"]
    text = comparison_text(comparison_of(many))
    assert "4 other settings: on the page" in text and "K and L are significantly worse than A" in " ".join(
        text.split()
    )


@pytest.mark.parametrize("settings", [12, 40])
def test_the_text_of_many_settings_is_short(many: Ranking, settings: int) -> None:
    """However long their names are."""
    long = [replace(one, name=one.name + ", model.weights=a/long/way" * 20) for one in many.ranked]
    more = [replace(long[-1], label=f"L{number}") for number in range(settings - 12)]
    pairs = [replace(pair, second=one.label) for pair in many.pairs if pair.second == "L" for one in more]
    text = comparison_text(comparison_of(replace(many, ranked=[*long, *more], pairs=[*many.pairs, *pairs])))
    assert len(text.splitlines()) <= SCREENS * LINES_OF_A_SCREEN
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_long_name_of_few_settings_is_wrapped_and_not_cut(ranking: Ranking) -> None:
    name = "model.weights=" + "a_long_way_down/" * 8
    first, *others = ranking.ranked
    text = comparison_text(comparison_of(replace(ranking, ranked=[replace(first, name=name), *others])))
    assert "…" not in text and name in "".join(text.split())


def test_what_an_earlier_version_did_not_record_is_named(ranking: Ranking) -> None:
    first, second, third = ranking.ranked
    old = replace(ranking, ranked=[first, without_decisions(second), third])
    assert lacking_note(ranking) == ""
    assert "B: a run recorded no threshold" in words(comparison_of(old))
    lines = comparison_text(comparison_of(old)).splitlines()
    assert [line.split().count("–") for line in lines if line.startswith(" B  ")] == [0, 2], "found, false alarms"


def test_each_set_of_test_images_has_a_part_and_the_rest_is_counted(comparison: Comparison, ranking: Ranking) -> None:
    text = words(replace(comparison, rankings=[ranking] * 6, alone=["run 1", "run 2"]))
    assert text.count("3 settings on 200 test images") == 4 and text.count("cracks found") == 1
    assert text.count("Best on validation: A.") == 4
    assert "6 more settings on 2 other sets of test images: on the page" in text
    assert "2 settings compared with no other" in text


def test_a_test_set_that_is_too_easy_is_reported(ranking: Ranking) -> None:
    assert saturation_note(ranking) == ""
    easy = with_each(ranking, figures={"accuracy": MeanFigure([0.995, 1.0, 1.0], None)})
    assert saturation_note(easy).startswith(
        "Even the worst run has no more than 1 error: the differences are single images"
    )


def test_the_luck_of_the_best_is_said(ranking: Ranking) -> None:
    assert ranking.selection is not None
    flattery = ranking.selection.flattery
    assert f"The best test figure of 3 equal settings flatters by {flattery:.4f} on average" in words(
        comparison_of(ranking)
    )
    single = comparison_of(ranking_of({"a": 1.0, "b": 8.0}, seeds=1))
    assert "the luck of the seed not counted" in words(single)


def test_figures_of_many_settings_are_shrunken(many: Ranking) -> None:
    assert many.selection is not None
    figures = np.array([one.figures["auroc"].mean for one in many.ranked[:10]])
    shrunken = np.array([many.shrunken(one.label) for one in many.ranked[:10]], float)
    assert np.ptp(shrunken) < np.ptp(figures)


def test_a_comparison_of_paintings_begins_with_that(comparison: Comparison) -> None:
    assert comparison_text(replace(comparison, banner=PAINTED_IMAGES)).startswith("Painted images: every image")
    assert "ainted" not in comparison_text(comparison)


def test_four_metrics_stand_side_by_side_without_a_broken_interval(ranking: Ranking) -> None:
    text = comparison_text(comparison_of(replace(ranking, metric="accuracy")))
    figures = ranking.ranked[2].figures
    (line,) = [
        line for line in text.splitlines() if interval_text("auroc", figures["auroc"].interval or (0, 0)) in line
    ]
    assert all(interval_text(metric, figures[metric].interval or (0, 0)) in line for metric in DECIDED)
    assert interval_text("accuracy", figures["accuracy"].interval or (0, 0)) in line and len(line) <= 80
