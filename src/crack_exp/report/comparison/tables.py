"""The cells of a comparison's tables, the same on the page and on the console, and the notes below them."""

from statistics import median

from crack_exp.evaluation.paired_tests import MIN_SEEDS
from crack_exp.evaluation.pairwise import Pair
from crack_exp.evaluation.power import POWER
from crack_exp.report.comparison.content import FEW, ComparedSetting, Ranking
from crack_exp.report.numbers import counted, difference_between, difference_text, figure_text, interval_text, p_text

FEW_ERRORS = 10
"""A test set on which no run makes more errors cannot rank the settings well."""

HONESTY = {"ece": "calibration error", "brier": "Brier score"}
TITLES = {"accuracy": "accuracy", "auroc": "AUROC", "macro_f1": "macro F1", "loss": "cross-entropy"}
DECIDED = {"recall_at_threshold": "cracks found", "false_alarm_rate_at_threshold": "false alarms"}
"""Metrics of probabilities, those by which settings are compared, and those of the decision at the threshold."""

COSTS = {
    "training_seconds": "training (s)",
    "other_seconds": "all else (s)",
    "parameters": "parameters",
    "size_mb": "model.keras (MB)",
}
"""Seconds of training, and of all other parts of a run; parameters of the network, size of its file."""

UNKNOWN = "–"


def title_of(metric: str) -> str:
    return (TITLES | DECIDED | HONESTY)[metric]


def main_metrics(ranking: Ranking) -> list[str]:
    """What a user comes for, and the compared metric."""
    return list(dict.fromkeys([*DECIDED, "auroc", ranking.metric]))


def figure_cell(one: ComparedSetting, metric: str) -> str:
    """'0.976', the mean over seeds; '–' where the setting has no such figure."""
    return figure_text(metric, one.figures[metric].mean) if metric in one.figures else UNKNOWN


def interval_cell(one: ComparedSetting, metric: str) -> str:
    """'0.941 to 0.990', "" where there is none."""
    figure = one.figures.get(metric)
    return "" if figure is None or figure.interval is None else interval_text(metric, figure.interval)


def seeds_cell(one: ComparedSetting, metric: str) -> str:
    """'0.972 to 0.979', the lowest and highest seed; "" for one seed."""
    if metric not in one.figures or len(values := one.figures[metric].of_runs) < 2:
        return ""
    low, high = min(values), max(values)
    return "the same" if figure_text(metric, low) == figure_text(metric, high) else interval_text(metric, (low, high))


def shrunken_cell(ranking: Ranking, one: ComparedSetting, metric: str) -> str:
    """'0.975 ± 0.006', the compared figure drawn to the mean of all; "" for few settings, and for other metrics."""
    value = ranking.shrunken(one.label) if metric == ranking.metric else None
    if value is None or ranking.selection is None:
        return ""
    error = ranking.selection.standings[one.label].standard_error
    reach = f" ±\N{NO-BREAK SPACE}{figure_text(metric, error.value)}" if error.is_known else ""
    return f"{figure_text(metric, value)}{reach}"


def figure_lines(ranking: Ranking, one: ComparedSetting, metric: str) -> list[str]:
    """'0.976', '0.941 to 0.990', 'seeds: 0.972 to 0.979', 'shrunken: 0.975', as far as there are such."""
    seeds = seeds_cell(one, metric) if len(ranking.ranked) <= FEW else ""  # of many, the plot shows them
    named = {"seeds": seeds, "shrunken": shrunken_cell(ranking, one, metric)}
    lines = [figure_cell(one, metric), interval_cell(one, metric)]
    return [line for line in lines if line] + [f"{key}: {value}" for key, value in named.items() if value]


def validation_cell(ranking: Ranking, one: ComparedSetting) -> str:
    return UNKNOWN if one.validation is None else figure_text(ranking.metric, one.validation)


def cost_cell(one: ComparedSetting, cost: str) -> str:
    """The median over runs, '–' where unknown."""
    known = one.known(cost)
    return f"{median(known):,.{0 if cost == 'parameters' else 1}f}" if known else UNKNOWN


def difference_lines(ranking: Ranking, pair: Pair) -> list[str]:
    """'-0.0123', '-0.0200 to -0.0046'."""
    if (difference := pair.differences.get(ranking.metric)) is None:
        return [UNKNOWN]
    interval = difference.interval(ranking.confidence)
    lines = [difference_text(ranking.metric, difference.value)]
    return lines + ([difference_between(ranking.metric, interval)] if interval else [])


def p_cell(ranking: Ranking, pair: Pair) -> str:
    return p_text(pair.p) if ranking.metric in pair.differences else UNKNOWN


def figures_note(ranking: Ranking) -> str:
    """How to read the figures."""
    several = any(len(one.seeds) > 1 for one in ranking.ranked)
    has_seeds = several and len(ranking.ranked) <= FEW
    has_intervals = any(figure.interval for one in ranking.ranked for figure in one.figures.values())
    over = "test images" if ranking.groups == ranking.images else "groups of test images"
    sentences = [
        "Mean over seeds." if several else "",
        f"Intervals: {100 * ranking.confidence:g} %, over {over}, for these trained models." if has_intervals else "",
        "" if ranking.groups > 1 else "No intervals: all test images are of one group.",
        "Seeds: lowest to highest." if has_seeds else "",
        "Cracks found (recall) and false alarms (share of intact images): decided at the threshold of each run.",
        lacking_note(ranking),
    ]
    return " ".join(filter(None, sentences))


def luck_note(ranking: Ranking) -> str:
    """Whether the order flatters the first setting, and how far the best of so many test figures would."""
    best = ranking.best.label
    order = (
        f"The order is by validation, so the test figures of {best} are not flattered by the choice."
        if ranking.by_validation
        else f"The order is by test, since not all runs recorded validation figures, so those of {best} are flattered."
    )
    if (found := ranking.selection) is None:
        return order
    luck = difference_text(ranking.metric, found.flattery).removeprefix("+")
    unknown = "" if found.has_seeds else ", the luck of the seed not counted"
    return (
        f"{order} The best test figure of {len(ranking.ranked)} equal settings flatters by {luck} on average{unknown}."
    )


def shrunken_note(ranking: Ranking) -> str:
    """What the shrunken figure is; "" where there is none."""
    if ranking.shrunken(ranking.best.label) is None:
        return ""
    return (
        "Shrunken: drawn towards the mean of all by as much as luck is expected to part them (James and Stein); ±: "
        "standard error of the test figure, over test images, their groups and seeds."
    )


def lacking_note(ranking: Ranking) -> str:
    """Which settings cannot show their decisions, "" where all can."""
    without = [one.label for one in ranking.ranked if one.decisions is None]
    if not without:
        return ""
    return (
        f"{', '.join(without)}: a run recorded no threshold (an earlier version of crack_exp), so its decisions are "
        "not known."
    )


def uncalibrated_note(ranking: Ranking) -> str:
    """Which settings have probabilities as the network gave them, "" where none has."""
    without = [one.label for one in ranking.ranked if not one.is_calibrated]
    if not without:
        return ""
    return f"{', '.join(without)}: not calibrated, since an earlier version of crack_exp recorded a run."


def significance_note(ranking: Ranking) -> str:
    """How to read the results of the tests."""
    if not any(ranking.metric in pair.differences for pair in ranking.pairs):
        return "No pair could be tested."
    sentences = [
        f"{100 * ranking.confidence:g} % intervals, not corrected.",
        f"p values are corrected for {counted(ranking.tested_pairs, 'comparison')} (Holm).",
        f"Smallest detectable gain: the same test finds a gain of this size with {100 * POWER:.0f} % probability.",
        "The results hold for these training images; other training images were not tested.",
    ]
    if any(not pair.compares_settings for pair in ranking.pairs):
        sentences.append(
            f"With fewer than {MIN_SEEDS} shared seeds, models are compared, not settings: other seeds may give other "
            "results."
        )
    return " ".join([*sentences, saturation_note(ranking)]).rstrip()


def saturation_note(ranking: Ranking) -> str:
    """A warning where the test images are too easy to rank the settings, else ""."""
    errors = round((1 - min(min(one.figures["accuracy"].of_runs) for one in ranking.ranked)) * ranking.images)
    if errors > FEW_ERRORS:
        return ""
    return (
        f"Even the worst run has no more than {counted(errors, 'error')}: the differences are single images. "
        "Use harder test images, for example of walls that are not in the training images."
    )
