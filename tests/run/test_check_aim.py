"""What is asked of the threshold is checked against the number of validation images."""

import re
from pathlib import Path

import pytest

from crack_exp.data.examples import Example, Splits
from crack_exp.evaluation.aim import ASSURED, MIN_RECALL, ON_AVERAGE, STRONGEST, Aim
from crack_exp.run.check_aim import check_aim
from crack_exp.system.errors import UserError


def splits_with(cracks: int, groups: int | None) -> Splits:
    """`cracks` validation images with a crack, dealt to as many groups, and one intact image."""
    names = [f"{index}.jpg" for index in range(cracks)]
    cracked = [
        Example(Path(), name, "crack", f"wall {index % groups}" if groups else name) for index, name in enumerate(names)
    ]
    intact = Example(Path(), "sound.jpg", "intact", "sound.jpg")
    return Splits([], [*cracked, intact], [], ["crack", "intact"], frozenset({"intact"}))


def refusal(aim: Aim, splits: Splits) -> str:
    with pytest.raises(UserError) as told:
        check_aim(aim, splits)
    return str(told.value)


def aim(rule: str, min_recall: float = 0.95) -> Aim:
    return Aim(rule, min_recall, 0.95, None, None)


@pytest.mark.parametrize(
    ("rule", "cracks", "groups", "told"),
    [
        (ASSURED, 58, None, "takes 59 validation images with a crack, and there are 58"),
        (ON_AVERAGE, 18, None, "takes 19 validation images with a crack, and there are 18"),
        (ASSURED, 240, 4, "takes 59 groups of validation images with a crack, and there are 4"),
        (ON_AVERAGE, 240, 4, "takes 19 groups of validation images with a crack, and there are 4"),
    ],
)
def test_too_few_images_are_told_with_the_number_that_it_takes(
    rule: str, cracks: int, groups: int | None, told: str
) -> None:
    message = refusal(aim(rule), splits_with(cracks, groups))
    assert message.startswith(f"evaluation.operating_point={rule}: ") and told in message
    # The recall that is named as possible is accepted.
    (possible,) = re.findall(r"evaluation\.min_recall=([\d.]+)", message)
    check_aim(aim(rule, float(possible)), splits_with(cracks, groups))


@pytest.mark.parametrize(("rule", "cracks"), [(ASSURED, 59), (ON_AVERAGE, 19), (MIN_RECALL, 1), (STRONGEST, 1)])
def test_enough_images_are_accepted(rule: str, cracks: int) -> None:
    check_aim(aim(rule), splits_with(cracks, None))


def test_a_recall_of_one_is_never_promised() -> None:
    assert "no number of images promises a recall of 1" in refusal(aim(ASSURED, 1.0), splits_with(1000, None))


def test_without_a_crack_there_is_no_threshold() -> None:
    assert "none of the 1 validation image shows a crack" in refusal(aim(STRONGEST), splits_with(0, None))
