"""The section of images on which settings disagree, with and without the image files."""

from dataclasses import replace
from typing import Any

import numpy as np

from crack_exp.evaluation.disagreement import Disagreement, MajorityPrediction
from crack_exp.report.comparison.disagreements import disagreement_section
from crack_exp.report.comparison.tables import ComparedSetting, Comparison, ShownDisagreements
from crack_exp.report.section import Section, Table, Text, Thumbnail, Thumbnails

GREY = np.full((8, 8, 3), 90, np.uint8)


def compared_setting(name: str, seeds: int, seed_disagreements: int) -> ComparedSetting:
    nothing: Any = []
    return ComparedSetting(
        name=name,
        seeds=["1", "2", "3"][:seeds],
        figures={},
        validation=[],
        standing=None,
        intervals=nothing,
        costs={},
        settings={},
        histories=nothing,
        class_names=["intact", "crack"],
        confusion=np.eye(2),
        seed_disagreements=seed_disagreements,
    )


def image(name: str, correct: int = 1, wrong: int = 1, seeds: int = 1) -> Disagreement:
    """A crack that the first settings classify correctly and the others do not."""
    predictions = {
        f"setting {number}": MajorityPrediction("crack", seeds, seeds, 0.9, True) for number in range(correct)
    }
    predictions |= {
        f"setting {correct + number}": MajorityPrediction("intact", seeds, seeds, 0.8, False) for number in range(wrong)
    }
    return Disagreement(name, "crack", predictions)


def section(
    disagreements: ShownDisagreements | None,
    settings: int = 2,
    seeds: int = 1,
    seed_disagreements: tuple[int, ...] = (),
) -> Section:
    counts = seed_disagreements or (0,) * settings
    ranked = [compared_setting(f"setting {number}", seeds, counts[number]) for number in range(settings)]
    return disagreement_section(Comparison("", "", "auroc", 0.95, ranked, [], 1200, 40, disagreements, [], True, None))


def all_shown(*images: Disagreement) -> ShownDisagreements:
    return ShownDisagreements(images, {one.name: GREY for one in images}, "")


def text(section: Section) -> str:
    return " ".join(part.text for part in section.parts if isinstance(part, Text))


def thumbnails(section: Section) -> list[Thumbnail]:
    return [one for part in section.parts if isinstance(part, Thumbnails) for one in part.shown]


def table(section: Section) -> Table:
    (found,) = (part for part in section.parts if isinstance(part, Table))
    return found


def test_without_disagreements_it_has_one_sentence() -> None:
    none = section(ShownDisagreements([], {}, ""))
    assert none.parts == [Text("None: on each of 1,200 test images, all settings are correct or all are wrong.")]


def test_different_test_images_are_reported() -> None:
    assert "Not all runs were evaluated on the same images" in text(section(None))


def test_an_image_has_its_label_and_the_prediction_of_each_setting() -> None:
    (shown,) = thumbnails(section(all_shown(image("wall/1.jpg"))))
    assert shown.lines == [
        "label: crack",
        "✓ setting 0: crack 90.0\N{NO-BREAK SPACE}%",
        "✗ setting 1: intact 80.0\N{NO-BREAK SPACE}%",
        "wall/1.jpg",
    ]
    np.testing.assert_array_equal(shown.image, GREY)


def test_several_seeds_are_counted_and_their_disagreement_is_reported() -> None:
    shown = section(all_shown(image("1.jpg", seeds=3)), seeds=3, seed_disagreements=(2, 5))
    assert thumbnails(shown)[0].lines[1] == "✓ setting 0: crack 90.0\N{NO-BREAK SPACE}%, 3/3 seeds"
    assert "On 1 of 1,200 test images one setting is correct and the other wrong" in text(shown)
    assert "The prediction of a setting is that of most of its seeds" in text(shown)
    assert "the seeds of one setting disagree on 2 to 5 of the images" in text(shown)


def test_a_key_that_all_settings_share_is_omitted_below_an_image() -> None:
    """Its column is narrow."""
    predicted = image("1.jpg").predictions.values()

    def first_line(*names: str) -> str:
        named = Disagreement("1.jpg", "crack", dict(zip(names, predicted, strict=True)))
        return thumbnails(section(all_shown(named)))[0].lines[1]

    assert first_line("optimizer=adam", "optimizer=sgd").startswith("✓ adam: crack")
    assert first_line("optimizer=adam", "defaults").startswith("✓ optimizer=adam: crack")
    assert first_line("optimizer=adam", "model=small").startswith("✓ optimizer=adam: crack")
    assert first_line("seed=1, a=2", "seed=2").startswith("✓ seed=1, a=2: crack")


def test_seeds_are_not_mentioned_for_single_runs() -> None:
    assert "seed" not in text(section(all_shown(image("1.jpg"))))


def test_many_settings_are_counted_by_class() -> None:
    shown = section(all_shown(image("1.jpg", correct=5, wrong=2)), settings=7)
    assert thumbnails(shown)[0].lines == [
        "label: crack",
        "✓ crack: 5 of 7 settings",
        "✗ intact: 2 of 7 settings",
        "1.jpg",
    ]
    assert "some settings are correct and others wrong" in text(shown)


def test_the_table_has_each_image_and_setting() -> None:
    images = [image(f"{number}.jpg") for number in range(30)]
    shown = section(ShownDisagreements(images, {one.name: GREY for one in images[:12]}, ""))
    assert (
        "On 30 of 1,200 test images one setting is correct and the other wrong; these are the largest disagreements"
        in text(shown)
    )
    assert len(thumbnails(shown)) == 12 and len(table(shown).rows) == 30
    assert table(shown).fold == "30 images: predictions of each setting"
    assert table(shown).rows[0] == (
        "0.jpg",
        "crack",
        "✓ crack 90.0\N{NO-BREAK SPACE}%",
        "✗ intact 80.0\N{NO-BREAK SPACE}%",
    )


def test_missing_images_are_listed_by_name() -> None:
    shown = section(ShownDisagreements([image("1.jpg"), image("2.jpg")], {}, "2 images cannot be shown."))
    assert thumbnails(shown) == [] and "2 images cannot be shown." in text(shown)
    assert table(shown).fold is None and [row[0] for row in table(shown).rows] == ["1.jpg", "2.jpg"]


def test_existing_images_are_shown_where_others_are_missing() -> None:
    both = all_shown(image("1.jpg"), image("2.jpg"))
    shown = section(replace(both, pictures={"2.jpg": GREY}, missing="1 image cannot."))
    assert [one.lines[-1] for one in thumbnails(shown)] == ["2.jpg"]
    assert table(shown).fold is None
