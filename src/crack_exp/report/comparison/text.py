"""A comparison on the console: 80 columns, no colour, and not longer than a screen or two however many settings."""

import textwrap
from collections.abc import Iterator

from rich.table import Table

from crack_exp.report.comparison.content import FEW, ComparedSetting, Comparison, Ranking
from crack_exp.report.comparison.tables import (
    COSTS,
    cost_cell,
    difference_lines,
    figure_cell,
    figures_note,
    interval_cell,
    luck_note,
    main_metrics,
    p_cell,
    seeds_cell,
    significance_note,
    title_of,
    validation_cell,
)
from crack_exp.report.comparison.verdict import about_test_images, folded_away, shown, standing, verdict
from crack_exp.report.console import WIDTH, as_text, console_table
from crack_exp.report.numbers import counted

MAX_OTHERS = 3
"""Sets of test images that are named beside the first one."""

MAX_METRICS = 3
"""Beside which 80 columns have room for seconds."""

MAX_LEGEND_LINES = 2
"""Of each of many settings; the page has the whole."""


def comparison_text(comparison: Comparison) -> str:
    """The largest ranking in full, the verdict on a few others, and what is left to the page."""
    first, *others = comparison.rankings
    blocks = [_wrapped(comparison.banner)] if comparison.banner else []
    blocks += [_ranking_text(first), *(_short_text(one) for one in others[:MAX_OTHERS])]
    if left := others[MAX_OTHERS:]:
        settings = sum(len(one.ranked) for one in left)
        blocks.append(
            f"{counted(settings, 'more setting')} on {counted(len(left), 'other set')} of test images: on the page"
        )
    if comparison.alone:
        blocks.append(
            f"{counted(len(comparison.alone), 'setting')} compared with no other, since no other has the same test "
            "images: on the page"
        )
    return "\n\n".join(blocks)


def _ranking_text(ranking: Ranking) -> str:
    is_short = len(ranking.ranked) <= FEW
    blocks = [
        *_head(ranking),
        as_text(_figures(ranking)),
        _wrapped(figures_note(ranking)),
        _wrapped(f"{verdict(ranking)} {luck_note(ranking)}"),
        as_text(_pairs(ranking) if is_short else _against_the_best(ranking)),
        _wrapped(significance_note(ranking)),
    ]
    return "\n\n".join(blocks)


def _short_text(ranking: Ranking) -> str:
    return "\n\n".join([*_head(ranking), _wrapped(verdict(ranking))])


def _head(ranking: Ranking) -> tuple[str, str]:
    """The test images, and the settings with their labels."""
    legend = "\n".join(_legend(ranking, whole=len(ranking.ranked) <= FEW))
    return f"{counted(len(ranking.ranked), 'setting')} on {about_test_images(ranking)}", legend


def _legend(ranking: Ranking, whole: bool) -> Iterator[str]:
    """' A  optimizer=adam', names in full for a few settings."""
    width = max(len(one.label) for one in ranking.ranked)
    for one in shown(ranking):
        first = f" {one.label:>{width}}  "
        lines = None if whole else MAX_LEGEND_LINES
        yield textwrap.fill(
            one.name,
            WIDTH,
            initial_indent=first,
            subsequent_indent=" " * len(first),
            max_lines=lines,
            placeholder=" …",
            break_on_hyphens=False,
        )
    if others := folded_away(ranking):
        yield f" {counted(len(others), 'other setting')}: on the page"


def _figures(ranking: Ranking) -> Table:
    """With the seconds of training, where four metrics leave no room for them in 80 columns, without."""
    metrics = main_metrics(ranking)
    has_room = len(metrics) <= MAX_METRICS
    table = console_table()
    table.add_column("", no_wrap=True)
    for title in (*map(title_of, metrics), *([COSTS["training_seconds"]] if has_room else [])):
        table.add_column(title, justify="right")
    for one in shown(ranking):
        (label, *figures), *others = _lines(ranking, one)
        table.add_row(label, *figures, *([cost_cell(one, "training_seconds")] if has_room else []))
        for line in others:
            table.add_row(*line)
    return table


def _lines(ranking: Ranking, one: ComparedSetting) -> Iterator[tuple[str, ...]]:
    """Of a setting: its figures, and below them what each line is named for."""
    metrics = main_metrics(ranking)
    yield one.label, *(figure_cell(one, metric) for metric in metrics)
    yield " interval", *(interval_cell(one, metric) for metric in metrics)
    if len(one.seeds) > 1 and len(ranking.ranked) <= FEW:
        yield f" {len(one.seeds)} seeds", *(seeds_cell(one, metric) for metric in metrics)
    yield " validation", *(validation_cell(ranking, one) if metric == ranking.metric else "" for metric in metrics)


def _pairs(ranking: Ranking) -> Table:
    """Every pair, with the result in full."""
    table = console_table()
    table.add_column("", no_wrap=True)
    for title in (title_of(ranking.metric), "p"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("result", overflow="fold")
    for pair in ranking.pairs:
        difference = "\n".join(difference_lines(ranking, pair))
        table.add_row(f"{pair.second} - {pair.first}", difference, p_cell(ranking, pair), ranking.conclusion(pair))
    return table


def _against_the_best(ranking: Ranking) -> Table:
    """A line for each shown setting but the best."""
    table = console_table()
    table.add_column("", no_wrap=True)
    for title in (title_of(ranking.metric), "interval", "p"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("result", overflow="fold")
    for one in shown(ranking)[1:]:
        pair = ranking.pair_of(ranking.best.label, one.label)
        value, *interval = difference_lines(ranking, pair)
        result = standing(ranking, one).against(ranking.best)
        table.add_row(f"{pair.second} - {pair.first}", value, *(interval or [""]), p_cell(ranking, pair), result)
    return table


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH))
