"""Comparisons of any number of settings, with figures, tests and decisions as the program makes them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.decisions import decide
from crack_exp.evaluation.disagreement import agreement
from crack_exp.evaluation.metrics import confusion
from crack_exp.evaluation.over_seeds import RESAMPLED_FIGURES, mean_figures
from crack_exp.evaluation.paired_tests import COMPARED
from crack_exp.evaluation.pairwise import compare_pairs
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.selection import selection
from crack_exp.report.comparison.content import (
    MAX_PICTURES,
    ComparedSetting,
    Comparison,
    Ranking,
    ShownDisagreements,
    label_of,
)
from crack_exp.report.comparison.tables import COSTS
from crack_exp.training.history import EpochRecord

IMAGES = 200
THRESHOLD = 0.4
LABELS = np.arange(IMAGES) % 2


def predictions(noise: float, seed: int, groups: int = IMAGES) -> Predictions:
    logits = 2 * (2 * LABELS - 1) + noise * np.random.default_rng(seed).normal(size=IMAGES)
    scores = 1 / (1 + np.exp(-logits))
    names = [f"{number:03}.jpg" for number in range(IMAGES)]
    rows = np.stack([1 - scores, scores], axis=1)
    return Predictions(
        names,
        [f"{one * groups // IMAGES:03}" for one in range(IMAGES)],
        LABELS,
        rows,
        ["intact", "crack"],
        frozenset([0]),
    )


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


def compared_setting(label: str, name: str, runs: Sequence[Predictions], bootstrap: Bootstrap) -> ComparedSetting:
    number = ord(label[-1]) - ord("A")
    return ComparedSetting(
        label=label,
        name=name,
        seeds=[str(one + 1) for one in range(len(runs))],
        figures=mean_figures(runs, [THRESHOLD] * len(runs), 0.95, bootstrap),
        validation=0.98 - 0.01 * number,
        costs={
            cost: [410_000.0 if cost == "parameters" else 10.0 * (number + 1) + one for one in range(len(runs))]
            for cost in COSTS
        },
        settings={"optimizer": name, "training.dropout": ""},
        histories=[epochs(6, 0.01 * number + 0.01 * one) for one in range(len(runs))],
        class_names=runs[0].class_names,
        confusion=np.mean([confusion(run) for run in runs], axis=0),
        decisions=decide(runs, [THRESHOLD] * len(runs)),
        is_calibrated=True,
    )


def ranking_of(noises: Mapping[str, float], seeds: int = 3, groups: int = IMAGES) -> Ranking:
    """Settings by name, in this order: the higher the noise, the worse."""
    runs = {
        label_of(number): [predictions(noise, seed, groups) for seed in range(seeds)]
        for number, noise in enumerate(noises.values())
    }
    bootstrap = Bootstrap(100, 0, RESAMPLED_FIGURES)
    ranked = [compared_setting(*one, bootstrap) for one in zip(runs, noises, runs.values(), strict=True)]
    by_seed = {label: {str(seed): run for seed, run in enumerate(of)} for label, of in runs.items()}
    pairs = compare_pairs(by_seed, "auroc", bootstrap)
    return Ranking(
        command="python -m crack_exp.compare 'runs=[0123abcd]'",
        ranked=ranked,
        by_validation=True,
        metric="auroc",
        confidence=0.95,
        pairs=pairs,
        tested_pairs=len(pairs),
        images=IMAGES,
        groups=groups,
        cracks=int(LABELS.sum()),
        selection=selection(by_seed, "auroc", bootstrap),
        disagreements=disagreements_of(ranked),
    )


def disagreements_of(ranked: Sequence[ComparedSetting]) -> ShownDisagreements | None:
    decided = {one.label: one.decisions for one in ranked if one.decisions is not None}
    if len(decided) < 2:
        return None
    agreed, names = agreement(decided), [f"{number:03}.jpg" for number in range(IMAGES)]
    pictures = {names[one.image]: np.full((8, 8, 3), 90, np.uint8) for one in agreed.disputed[:MAX_PICTURES]}
    return ShownDisagreements(agreed, names, [("intact", "crack")[label] for label in LABELS], pictures, "")


def comparison_of(*rankings: Ranking) -> Comparison:
    return Comparison(
        command="python -m crack_exp.compare sweep=monday",
        same_runs="python -m crack_exp.compare 'runs=[0123abcd,4567abcd]'",
        metric="auroc",
        confidence=0.95,
        rankings=rankings,
        alone=[],
        excluded=["run 7 ('old') has no predictions"],
    )


def with_each(ranking: Ranking, **fields: Any) -> Ranking:
    """The same with these fields in every setting."""
    return replace(ranking, ranked=[replace(one, **fields) for one in ranking.ranked])


def without_decisions(one: ComparedSetting) -> ComparedSetting:
    """As an earlier version recorded its runs: no threshold."""
    figures = {name: figure for name, figure in one.figures.items() if name in COMPARED}
    return replace(one, figures=figures, decisions=None, is_calibrated=False)
