"""Cross-validation: each fold is the test split once."""

from collections.abc import Iterator

import pytest

from crack_exp.data.examples import Example, Splits
from crack_exp.data.folds import Fold
from crack_exp.data.splits import Shares, split
from tests.data.test_splits import images


def folds_of(examples: list[Example], of: int) -> Iterator[Splits]:
    for number in range(1, of + 1):
        yield split(
            examples,
            {example.name: example.name for example in examples},
            Shares(0.1, 0.15, 3, Fold(number, of)),
            class_names=["cracked", "intact"],
            intact=frozenset({"intact"}),
        )


def photos() -> list[Example]:
    return [tile for n in range(20) for tile in images("cracked", 3, f"p{n}") + images("intact", 7, f"p{n}")]


def test_every_image_is_a_test_image_in_exactly_one_fold() -> None:
    examples = photos()
    judging = [example.name for splits in folds_of(examples, 5) for example in splits.test]
    assert sorted(judging) == sorted(example.name for example in examples)


def test_folds_are_of_equal_size_and_hold_whole_photos() -> None:
    for splits in folds_of(photos(), 5):
        assert [len(part) for _, part in splits] == [140, 20, 40]
        parts = [{example.group for example in part} for _, part in splits]
        assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])


def test_two_folds_of_two_photos_each_class() -> None:
    examples = images("cracked", 40) + images("intact", 40)
    first, second = folds_of(examples, 2)
    assert {e.name for e in first.test} | {e.name for e in second.test} == {e.name for e in examples}
    assert len(first.test) == len(second.test) == 40


def test_more_folds_than_photos_is_refused() -> None:
    message = "^data.fold=1/1000000000: class 'cracked' has 20 groups, too few for each of 1000000000"
    with pytest.raises(ValueError, match=message):
        next(folds_of(photos(), 10**9))


def test_folds_of_given_splits_are_refused() -> None:
    given = images("cracked", 30, given="train") + images("intact", 30, given="train")
    with pytest.raises(ValueError, match=r"^data.fold=1/5: the images come in the given splits train; leave data.fold"):
        next(folds_of(given, 5))


@pytest.mark.parametrize("text", ["0/5", "6/5", "1/1", "5", "1/5/2", "-1/5", "a/b", ""])
def test_an_invalid_fold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^data.fold={text}: must be k/n, the k-th of n folds, e.g. data.fold=1/5"):
        Fold.parse(text)


def test_a_fold_is_read_as_it_is_written() -> None:
    assert Fold.parse("2/5") == Fold(2, 5)
    assert str(Fold(2, 5)) == "2/5"
