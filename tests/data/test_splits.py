"""Groups never cross splits, and every split gets its share of every class."""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from crack_exp.data.audit import audit
from crack_exp.data.examples import Example, Splits
from crack_exp.data.sources.own_images import folder
from crack_exp.data.splits import Shares, split, write_split


def images(label: str, count: int, group: str = "", given: str | None = None) -> list[Example]:
    """`count` images of a class; without a group, each image is its own group."""
    names = [f"{given or 'all'}/{label}/{group}_{number:05}.jpg" for number in range(count)]
    return [Example(Path(), name, label, group or name, given) for name in names]


def divided(
    examples: list[Example],
    contents: dict[str, str] | None = None,
    validation: float = 0.06,
    test: float = 0.24,
    split_seed: int = 0,
) -> Splits:
    labels = sorted({example.label for example in examples})
    return split(
        examples=examples,
        contents={example.name: example.name for example in examples} | (contents or {}),
        shares=Shares(validation, test, split_seed, fold=None),
        class_names=labels,
        intact=frozenset({"intact"}),
    )


def counts(splits: Splits) -> dict[str, dict[str, int]]:
    return {name: dict(Counter(example.label for example in examples)) for name, examples in splits}


def splits_of(splits: Splits, group: str) -> set[str]:
    return {name for name, examples in splits for example in examples if example.group == group}


def test_images_without_groups_are_divided_exactly() -> None:
    assert counts(divided(images("cracked", 2_500) + images("intact", 2_500))) == {
        "train": {"cracked": 1_750, "intact": 1_750},
        "validation": {"cracked": 150, "intact": 150},
        "test": {"cracked": 600, "intact": 600},
    }


def test_each_of_many_uneven_classes_meets_its_shares() -> None:
    examples = images("intact", 1_000) + images("hairline", 100) + images("spall", 50) + images("map", 10)
    shares = counts(divided(examples, validation=0.1, test=0.2))
    assert shares["train"] == {"intact": 700, "hairline": 70, "spall": 35, "map": 7}
    assert shares["validation"] == {"intact": 100, "hairline": 10, "spall": 5, "map": 1}
    assert shares["test"] == {"intact": 200, "hairline": 20, "spall": 10, "map": 2}


def test_three_images_of_a_class_are_enough_for_three_splits() -> None:
    splits = divided(images("cracked", 3) + images("intact", 100))
    assert [shares["cracked"] for shares in counts(splits).values()] == [1, 1, 1]


def test_every_image_is_in_exactly_one_split() -> None:
    examples = images("cracked", 97) + images("intact", 103)
    names = [example.name for _, part in divided(examples) for example in part]
    assert sorted(names) == sorted(example.name for example in examples)


def test_tiles_of_one_photo_never_cross_splits() -> None:
    photos = [f"photo_{number}" for number in range(20)]
    examples = [tile for photo in photos for tile in images("cracked", 10, photo) + images("intact", 30, photo)]
    splits = divided(examples, validation=0.1, test=0.2)
    assert all(len(splits_of(splits, photo)) == 1 for photo in photos)
    assert counts(splits) == {  # 14, 2 and 4 whole photos
        "train": {"cracked": 140, "intact": 420},
        "validation": {"cracked": 20, "intact": 60},
        "test": {"cracked": 40, "intact": 120},
    }


def test_every_surface_reaches_every_split_in_its_share() -> None:
    photos = [("wall", number) for number in range(20)] + [("deck", number) for number in range(10)]
    tiles = [
        replace(tile, surface=surface)
        for surface, number in photos
        for tile in images("cracked", 5, f"{surface} {number}") + images("intact", 15, f"{surface} {number}")
    ]
    for seed in range(5):
        splits = divided(tiles, validation=0.1, test=0.2, split_seed=seed)
        assert {name: Counter(tile.surface for tile in part) for name, part in splits} == {
            "train": {"wall": 280, "deck": 140},  # 14 walls and 7 decks, of 20 tiles each
            "validation": {"wall": 40, "deck": 20},
            "test": {"wall": 80, "deck": 40},
        }


def test_copies_never_cross_splits_and_the_shares_stay_exact() -> None:
    examples = images("cracked", 200) + images("intact", 200)
    pairs = [(examples[i].name, examples[i + 1].name) for i in range(0, 100, 2)]
    contents = {name: first for first, second in pairs for name in (first, second)}
    for seed in range(5):
        splits = divided(examples, contents, validation=0.1, test=0.2, split_seed=seed)
        place = {example.name: name for name, part in splits for example in part}
        assert all(place[first] == place[second] for first, second in pairs)
        assert [len(part) for _, part in splits] == [280, 40, 80]
        # Copies are assigned like the others, and not all to train.
        assert 6 <= sum(place[first] == "test" for first, _ in pairs) <= 14


def test_photos_with_a_common_copy_stay_together() -> None:
    photos = [f"photo_{number}" for number in range(12)]
    examples = [tile for photo in photos for tile in images("cracked", 2, photo) + images("intact", 2, photo)]
    chain = {  # 0 and 1 share a tile, 1 and 2 share another: all three are one unit
        "all/intact/photo_0_00000.jpg": "x",
        "all/intact/photo_1_00000.jpg": "x",
        "all/intact/photo_1_00001.jpg": "y",
        "all/intact/photo_2_00000.jpg": "y",
    }
    for seed in range(5):
        splits = divided(examples, chain, validation=0.2, test=0.3, split_seed=seed)
        together = [splits_of(splits, photo) for photo in photos[:3]]
        assert together[0] == together[1] == together[2] and len(together[0]) == 1


def test_few_uneven_walls_are_assigned_as_well_as_possible() -> None:
    """Cracks per wall of 100 tiles: the two walls of the test split should hold a fifth of the 100 cracks."""
    walls = {f"wall_{number}": cracks for number, cracks in enumerate((2, 4, 6, 8, 10, 10, 12, 14, 16, 18))}
    examples = [
        tile
        for wall, cracks in walls.items()
        for tile in images("cracked", cracks, wall) + images("intact", 100 - cracks, wall)
    ]
    for seed in range(5):
        shares = counts(divided(examples, validation=0.2, test=0.2, split_seed=seed))
        assert [sum(part.values()) for part in shares.values()] == [600, 200, 200]
        assert abs(shares["test"]["cracked"] - 20) <= 4 and abs(shares["validation"]["cracked"] - 20) <= 4


def test_a_rare_class_in_three_walls_is_in_every_split() -> None:
    examples = [tile for n in range(30) for tile in images("intact", 50, f"w{n}") + images("hairline", 9, f"w{n}")]
    examples += images("spall", 1, "w3") + images("spall", 40, "w8") + images("spall", 2, "w15")
    for seed in range(5):
        splits = divided(examples, split_seed=seed)
        assert all(shares.keys() == {"intact", "hairline", "spall"} for shares in counts(splits).values())


def test_the_same_seed_gives_the_same_split_whatever_the_order_of_the_files() -> None:
    photos = [f"photo_{number}" for number in range(30)]
    examples = [tile for photo in photos for tile in images("cracked", 2, photo) + images("intact", 2, photo)]
    assert divided(examples) == divided(examples[::-1])


def test_a_split_is_the_same_on_every_machine(tmp_path: Path) -> None:
    """A fixed value: a change of the algorithm changes all test splits, and must be announced."""
    digest = write_split(divided(images("cracked", 30) + images("intact", 30)), tmp_path / "split.csv")
    assert digest == "1817b8316de1740a36f0648c60f3240137c24501dcf5b9de282221f0cbab20c3"


def test_another_seed_gives_another_split() -> None:
    examples = images("cracked", 60) + images("intact", 60)
    tests = {tuple(e.name for e in divided(examples, split_seed=seed).test) for seed in range(5)}
    assert len(tests) == 5


def test_a_class_that_is_too_small_is_named() -> None:
    with pytest.raises(ValueError, match="class 'cracked' is too small to split: 2 of the 3 groups that train and"):
        divided(images("cracked", 2) + images("intact", 50))
    with pytest.raises(ValueError, match=r"class 'cracked' .* 1 of the 3 groups .*\(images: 40;"):
        divided(images("cracked", 40, "one wall") + images("intact", 50))


def test_three_copies_of_one_image_are_too_few_to_split() -> None:
    examples = images("cracked", 3) + images("intact", 50)
    with pytest.raises(ValueError, match="class 'cracked' is too small to split: 1 of the 3 groups"):
        divided(examples, {example.name: "same" for example in examples[:3]})


def test_groups_that_cannot_give_every_split_every_class_are_refused() -> None:
    """Each class lies in three of four walls: no two of the four could go to one of the three splits."""
    holders = {"a": (0, 1, 2), "b": (0, 1, 3), "c": (0, 2, 3), "intact": (1, 2, 3)}
    examples = [e for label, walls in holders.items() for wall in walls for e in images(label, 5, f"wall_{wall}")]
    with pytest.raises(ValueError, match="data.group_pattern: found no way to give each of"):
        divided(examples)


# Given splits


def given(name: str, cracked: int, intact: int) -> list[Example]:
    return images("cracked", cracked, given=name) + images("intact", intact, given=name)


def test_given_splits_stay_as_they_are() -> None:
    splits = divided(given("train", 5, 6) + given("validation", 3, 4) + given("test", 1, 2))
    assert counts(splits) == {
        "train": {"cracked": 5, "intact": 6},
        "validation": {"cracked": 3, "intact": 4},
        "test": {"cracked": 1, "intact": 2},
    }
    assert all(example.given_split == name for name, part in splits for example in part)


def test_a_missing_validation_split_is_taken_from_train() -> None:
    splits = divided(given("train", 80, 160) + given("test", 7, 9), validation=0.1, test=0.2)
    assert counts(splits) == {  # an eighth of train, as 0.1 is of 0.8
        "train": {"cracked": 70, "intact": 140},
        "validation": {"cracked": 10, "intact": 20},
        "test": {"cracked": 7, "intact": 9},
    }


def test_a_missing_test_split_is_taken_from_train() -> None:
    splits = divided(given("train", 90, 90) + given("validation", 5, 5), validation=0.1, test=0.2)
    assert counts(splits)["test"] == {"cracked": 20, "intact": 20}  # 0.2 of 0.9
    assert counts(splits)["validation"] == {"cracked": 5, "intact": 5}


def test_a_class_that_train_lacks_is_refused() -> None:
    examples = given("train", 5, 5) + given("validation", 5, 5) + given("test", 5, 5)
    alone = (
        r"the class 'spall' is in the given split test alone \(5 images, such as test/spall/_00000.jpg\), and the split"
    )
    with pytest.raises(ValueError, match=f"{alone} 'train' has 'cracked', 'intact'; rename the class"):
        divided(examples + images("spall", 5, given="test"))
    misspelt = examples + images("crackd", 2, given="validation") + images("crackd", 1, given="test")
    with pytest.raises(
        ValueError, match="'crackd' is in the given split test and validation .* did you mean 'cracked'"
    ):
        divided(misspelt)


def test_a_given_test_without_cracks_is_refused() -> None:
    examples = given("train", 5, 5) + given("validation", 5, 5) + images("intact", 5, given="test")
    with pytest.raises(ValueError, match="data.path: the split 'test' holds images of 'intact' alone"):
        divided(examples)


def test_a_photo_in_two_given_splits_is_refused() -> None:
    examples = given("train", 5, 5) + given("validation", 5, 5) + given("test", 5, 5)
    examples += images("cracked", 1, "photo_7", "train") + images("cracked", 1, "photo_7", "test")
    with pytest.raises(ValueError, match="data.path: group 'photo_7' .* lies in the given splits test and train"):
        divided(examples)


def test_the_table_of_a_split_can_be_read_and_is_fingerprinted(tmp_path: Path) -> None:
    splits = divided(given("train", 1, 1) + given("validation", 1, 1) + given("test", 1, 1))
    digest = write_split(splits, tmp_path / "split.csv")
    content = (tmp_path / "split.csv").read_bytes()
    assert digest == hashlib.sha256(content).hexdigest()
    assert content.decode().split("\n")[:3] == [
        "name,label,group,split",
        "test/cracked/_00000.jpg,cracked,test/cracked/_00000.jpg,test",
        "test/intact/_00000.jpg,intact,test/intact/_00000.jpg,test",
    ]


# Real images


@pytest.mark.real_data
def test_five_thousand_real_images_split_like_the_reference(real_data: Path) -> None:
    examples = folder(path=str(real_data / "data/ccic"), group_pattern=None)
    contents = audit(examples).contents
    splits = split(examples, contents, Shares(0.06, 0.24, 0, None), ["Negative", "Positive"], frozenset({"Negative"}))
    assert [len(part) for _, part in splits] == [3_500, 300, 1_200]
    assert [shares["Positive"] for shares in counts(splits).values()] == [1_750, 150, 600]
    places: dict[str, set[str]] = {}
    for name, part in splits:
        for example in part:
            places.setdefault(contents[example.name], set()).add(name)
    assert len(places) == 4_849 and all(len(names) == 1 for names in places.values())


@pytest.mark.real_data
def test_photos_of_real_walls_stay_together(real_data: Path) -> None:
    examples = folder(path=str(real_data / "data/sdnet2018_walls"), group_pattern=r"(\d+)-")
    contents = {example.name: example.name for example in examples}
    splits = split(examples, contents, Shares(0.1, 0.25, 0, None), ["Negative", "Positive"], frozenset({"Negative"}))
    walls = {example.group for example in examples}
    assert len(walls) == 20 and all(len(splits_of(splits, wall)) == 1 for wall in walls)
    assert [len({example.group for example in part}) for _, part in splits] == [13, 2, 5]
    assert all(0.2 < shares["Positive"] / sum(shares.values()) < 0.27 for shares in counts(splits).values())
