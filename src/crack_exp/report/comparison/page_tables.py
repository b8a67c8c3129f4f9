"""The tables on the page of a comparison."""

from collections.abc import Callable, Sequence

from crack_exp.report.comparison.content import FEW, ComparedSetting, Ranking
from crack_exp.report.comparison.tables import (
    COSTS,
    HONESTY,
    cost_cell,
    difference_lines,
    figure_lines,
    figures_note,
    main_metrics,
    p_cell,
    shrunken_note,
    significance_note,
    title_of,
    uncalibrated_note,
    validation_cell,
)
from crack_exp.report.comparison.verdict import folded_away, shown
from crack_exp.report.numbers import counted
from crack_exp.report.section import Part, Table

NO_BREAK = "\N{NO-BREAK SPACE}"
MOST_PROBABLE = (
    "Accuracy and F1 count each image for its most probable class. That is not the decision of crack or no crack, "
    "which is at the threshold."
)
HONEST = "How far the crack score is a probability; 0 is best. Calibration error: by how much it is off on average."
Row = Callable[[Ranking, ComparedSetting], Sequence[str]]


def _in_two(ranking: Ranking, columns: Sequence[str], row: Row, *, note: str = "", words: bool = False) -> list[Part]:
    """A row for each setting; of many settings, those that are not among the first in a second table, folded."""

    def table(settings: Sequence[ComparedSetting], note: str, fold: str | None) -> Table:
        rows = [(one.label, *row(ranking, one)) for one in settings]
        return Table(["", *columns], rows, note=note, words=words, labels=True, fold=fold)

    others = folded_away(ranking)
    folded = [table(others, "", counted(len(others), "other setting"))] if others else []
    return [table(shown(ranking), note, None), *folded]


def results(ranking: Ranking) -> list[Part]:
    """Cracks found, false alarms and the compared metric."""
    metrics = main_metrics(ranking)

    def row(ranking: Ranking, one: ComparedSetting) -> list[str]:
        return _figure_cells(ranking, one, metrics)

    note = f"{figures_note(ranking)} {shrunken_note(ranking)}".rstrip()
    return _in_two(ranking, [title_of(metric) for metric in metrics], row, note=note)


def _figure_cells(ranking: Ranking, one: ComparedSetting, metrics: Sequence[str]) -> list[str]:
    return ["\n".join(figure_lines(ranking, one, metric)).replace(" %", f"{NO_BREAK}%") for metric in metrics]


def legend(ranking: Ranking) -> list[Part]:
    return _in_two(ranking, ["differs in"], lambda _, one: [f"{one.name}\n{_seeds(one)}"], words=True)


def _seeds(one: ComparedSetting) -> str:
    """'seeds 1, 2, 3'."""
    return f"seed{'s' if len(one.seeds) > 1 else ''} {', '.join(one.seeds)}"


def differences(ranking: Ranking) -> list[Part]:
    """Of every setting that differs, who has which value."""
    rows = []
    for key in ranking.best.settings:
        labels: dict[str, list[str]] = {}
        for one in ranking.ranked:
            labels.setdefault(one.settings[key] or "–", []).append(one.label)
        rows.append((key, "\n".join(f"{', '.join(of)}: {value}" for value, of in labels.items())))
    fold = f"All that differs, by the values of {counted(len(rows), 'setting')}"
    return [Table(["", "values"], rows, words=True, fold=fold)] if rows else []


def validation_and_classes(ranking: Ranking) -> list[Part]:
    """The figures on validation, by which the settings are in their order, and those of the most probable classes."""
    metrics = [metric for metric in ("accuracy", "macro_f1") if metric not in main_metrics(ranking)]

    def row(ranking: Ranking, one: ComparedSetting) -> list[str]:
        return [validation_cell(ranking, one), *_figure_cells(ranking, one, metrics)]

    columns = [f"{title_of(ranking.metric)} on validation", *map(title_of, metrics)]
    return _in_two(ranking, columns, row, note=MOST_PROBABLE)


def honesty(ranking: Ranking) -> list[Part]:
    """How far the crack score is a probability."""
    metrics = [metric for metric in (*HONESTY, "loss") if any(metric in one.figures for one in ranking.ranked)]

    def row(ranking: Ranking, one: ComparedSetting) -> list[str]:
        return _figure_cells(ranking, one, metrics)

    return _in_two(
        ranking, [title_of(metric) for metric in metrics], row, note=f"{HONEST} {uncalibrated_note(ranking)}".rstrip()
    )


def costs_of(ranking: Ranking) -> list[Part]:
    """A separate table, because the page is too narrow for all columns."""
    costs = [cost for cost in COSTS if any(one.known(cost) for one in ranking.ranked)]

    def row(_: Ranking, one: ComparedSetting) -> list[str]:
        return [cost_cell(one, cost) for cost in costs]

    note = (
        "Median over seeds. All else: imports, images, features, evaluation, pictures; in a sweep the first run pays "
        "for what later ones share."
    )
    return _in_two(ranking, [COSTS[cost] for cost in costs], row, note=note) if costs else []


def pair_tables(ranking: Ranking) -> list[Part]:
    """All pairs of a few settings; of many, those of the best setting, and all in a folded table."""
    best, note = ranking.best.label, significance_note(ranking)
    if len(ranking.ranked) <= FEW:
        return [_pair_table(ranking, lambda first, second: True, note)]
    kept = {one.label for one in shown(ranking)}
    return [
        _pair_table(ranking, lambda first, second: best in (first, second) and {first, second} <= kept, note),
        _pair_table(ranking, lambda first, second: True, fold=f"all {counted(len(ranking.pairs), 'pair')}"),
    ]


def _pair_table(
    ranking: Ranking, is_shown: Callable[[str, str], bool], note: str = "", fold: str | None = None
) -> Table:
    rows = [
        (
            f"{pair.second} − {pair.first}",
            "\n".join(difference_lines(ranking, pair)).replace(" ", NO_BREAK),
            p_cell(ranking, pair),
            ranking.conclusion(pair),
        )
        for pair in ranking.pairs
        if is_shown(pair.first, pair.second)
    ]
    columns = ["", f"{title_of(ranking.metric)} difference", "p", "result"]
    return Table(columns, rows, note=note, words=True, labels=True, fold=fold)
