"""Jobs of a sweep that are the folds of one setting: the figures of all of them together."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from crack_exp.data.folds import Fold
from crack_exp.evaluation.over_folds import mean_over_folds
from crack_exp.report.sweep.page import COLUMNS, Together
from crack_exp.run_files.names import TEST
from crack_exp.run_files.recorded_metrics import figures_under
from crack_exp.tracking.finished_run import FinishedRun

FOLD, VALIDATION, CONFIDENCE = "data.fold", "data.validation", "evaluation.confidence"
OF_ONE_JOB = {FOLD, "run_name"}
"""Settings in which the folds of one setting differ."""


def folds_together(runs: Sequence[FinishedRun]) -> list[Together]:
    """Of each setting with every fold among `runs`, oldest first; of a fold that was done again, the last one."""
    of_setting = defaultdict[tuple[int, frozenset[tuple[str, str]]], dict[int, FinishedRun]](dict)
    for run in runs:
        if run.params.get(FOLD, "null") not in ("null", "None"):
            fold = Fold.parse(run.params[FOLD])
            setting = frozenset((key, run.params[key]) for key in run.params.keys() - OF_ONE_JOB)
            of_setting[fold.of, setting][fold.number] = run
    return [_together([*runs.values()]) for (folds, _), runs in of_setting.items() if len(runs) == folds]


def _together(runs: Sequence[FinishedRun]) -> Together:
    params, figures = runs[0].params, [figures_under(TEST, run.metrics) for run in runs]
    test = 1 / len(runs)
    overlap = test / (1 - test - float(params[VALIDATION]))
    found = dict[str, float]()
    for metric in COLUMNS:
        if all(metric in one for one in figures):
            values = np.array([one[metric] for one in figures])
            found[metric], interval = mean_over_folds(values, overlap, float(params[CONFIDENCE]))
            if interval:
                found |= {f"{metric}_low": max(interval[0], 0.0), f"{metric}_high": min(interval[1], 1.0)}
    return Together(_name(runs[0]), len(runs), found)


def _name(run: FinishedRun) -> str:
    """Of the job, without its fold; "" where it has no other setting of its own."""
    return ", ".join(part for part in run.name.split(", ") if not part.startswith("fold="))
