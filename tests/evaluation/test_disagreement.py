"""Images on which runs disagree, their order, and the decisions of each setting; all calculated by hand."""

import numpy as np

from crack_exp.evaluation.decisions import Decisions
from crack_exp.evaluation.disagreement import Disagreement, agreement


def decisions(*runs: str, labels: str = "cccc", scores: tuple[float, ...] = (0.5, 0.5, 0.5, 0.5)) -> Decisions:
    """What each run says of a few images: c(rack) or i(ntact)."""
    says = np.array([[one == "c" for one in run] for run in runs])
    count = says.shape[1]
    return Decisions(says, np.array([one == "c" for one in labels[:count]]), np.array(scores[:count]))


def disputed(settings: dict[str, Decisions]) -> list[int]:
    return [one.image for one in agreement(settings).disputed]


def test_images_are_counted_that_all_runs_decide_alike() -> None:
    """Image 0: all right; image 1: all wrong; image 2: one right."""
    found = agreement({"a": decisions("cic"), "b": decisions("cii")})
    assert (found.all_correct, found.all_wrong, [one.image for one in found.disputed]) == (1, 1, [2])


def test_one_seed_of_one_setting_that_errs_alone_is_a_disagreement() -> None:
    """By the majority of seeds, all settings are right."""
    found = agreement({"a": decisions("cc", "cc", "ci"), "b": decisions("cc", "cc", "cc")})
    assert (found.all_correct, found.all_wrong) == (1, 0)
    (image,) = found.disputed
    assert image.image == 1 and [(one.correct, one.seeds) for one in image.settings.values()] == [(2, 3), (3, 3)]


def test_the_counts_are_those_of_the_matrices() -> None:
    """Whatever the decisions: the errors in the matrices are those of images that all or some runs decide wrongly."""
    random = np.random.default_rng(0)
    for _ in range(50):
        is_crack = random.random(30) < 0.5
        settings = {
            name: Decisions((random.random((seeds, 30)) < 0.15) ^ is_crack, is_crack, random.random(30))
            for name, seeds in {"a": 3, "b": 1, "c": 2}.items()
        }
        found = agreement(settings)
        assert found.all_correct + found.all_wrong + len(found.disputed) == 30
        for name, one in settings.items():
            runs = len(one.says_crack)
            wrong = found.all_wrong * runs + sum(runs - image.settings[name].correct for image in found.disputed)
            assert wrong == round((one.confusion[0, 1] + one.confusion[1, 0]) * runs)


def test_an_intact_image_is_listed_like_a_crack() -> None:
    assert disputed({"a": decisions("cc", labels="ci"), "b": decisions("ci", labels="ci")}) == [1]


def test_the_largest_range_of_scores_comes_first() -> None:
    first = decisions("ccc", scores=(0.6, 0.99, 0.7))
    assert disputed({"a": first, "b": decisions("iii", scores=(0.4, 0.01, 0.4))}) == [1, 2, 0]


def test_two_against_two_comes_before_one_against_three() -> None:
    """Whatever the scores."""
    settings = {
        "a": decisions("cc", scores=(0.99, 0.6)),
        "b": decisions("cc", scores=(0.99, 0.6)),
        "c": decisions("ci", scores=(0.99, 0.4)),
        "d": decisions("ii", scores=(0.01, 0.4)),
    }
    assert disputed(settings) == [1, 0]


def test_the_number_of_correct_seeds_counts_before_the_score() -> None:
    """Image 0: 2 of 3 seeds are correct against 1 of 3; image 1: 3 of 3 against 0, with closer scores."""
    first = decisions("cc", "cc", "ic", scores=(0.9, 0.6))
    assert disputed({"a": first, "b": decisions("ii", "ii", "ci", scores=(0.1, 0.4))}) == [1, 0]


def test_each_setting_has_its_decisions_and_score() -> None:
    (image,) = agreement(
        {"a": decisions("c", "c", "i", scores=(0.7,)), "b": decisions("i", "i", scores=(0.2,))}
    ).disputed
    assert shown(image) == {"a": (2, 2, 3, 0.7), "b": (0, 0, 2, 0.2)}


def shown(image: Disagreement) -> dict[str, tuple[int, int, int, float]]:
    return {name: (one.crack, one.correct, one.seeds, one.crack_score) for name, one in image.settings.items()}
