"""Whether the validation images are enough for what is asked of the threshold; told before any training."""

import numpy as np

from crack_exp.data.examples import Splits
from crack_exp.evaluation.aim import ASSURED, Aim
from crack_exp.evaluation.operating_point import is_enough, settled
from crack_exp.evaluation.risk_control import Sample, highest_recall, needed
from crack_exp.report.numbers import counted
from crack_exp.system.errors import UserError

KEY = "evaluation.operating_point"


def check_aim(aim: Aim, splits: Splits) -> None:
    """Raise UserError where the validation images are too few for `aim`, with the number that it takes."""
    cracked = [example for example in splits.validation if example.label not in splits.intact]
    sample = Sample.of(np.array([example.group for example in cracked]))
    if not cracked:
        raise UserError(
            f"{KEY}={aim.rule}: none of the {counted(len(splits.validation), 'validation image')} shows a crack, so no "
            "threshold can be chosen; add labelled cracks or correct data.intact"
        )
    if not is_enough(settled(aim, sample), sample):
        raise UserError(f"{KEY}={aim.rule}: {_too_few(aim, sample)}")


def _too_few(aim: Aim, sample: Sample) -> str:
    units = "validation images with a crack" if sample.groups is None else "groups of validation images with a crack"
    assured = f" with an assurance of {aim.assurance:g}" if aim.rule == ASSURED else ""
    if aim.min_recall == 1:
        return f"no number of images promises a recall of 1{assured}; ask for less, e.g. evaluation.min_recall=0.95"
    # Rounded down: what is named must be possible.
    possible = np.floor(100 * highest_recall(aim.rule, sample.independent, aim.assurance)) / 100
    takes = needed(aim.rule, aim.min_recall, aim.assurance)
    return (
        f"a promised recall of {aim.min_recall:g}{assured} takes {takes:,} {units}, and there are "
        f"{sample.independent:,}; add images, ask for less (evaluation.min_recall={possible:g}), or take "
        "evaluation.operating_point=min_recall, which estimates and promises nothing"
    )
