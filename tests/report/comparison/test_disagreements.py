"""The section of images on which runs disagree, with and without the image files."""

from collections.abc import Sequence

import numpy as np

from crack_exp.evaluation.decisions import Decisions
from crack_exp.evaluation.disagreement import agreement
from crack_exp.report.comparison.content import ComparedSetting, Ranking, ShownDisagreements, label_of
from crack_exp.report.comparison.disagreements import disagreement_section
from crack_exp.report.section import Section, Table, Text, Thumbnail, Thumbnails

GREY = np.full((8, 8, 3), 90, np.uint8)


def section(*settings: Sequence[str], has_files: bool = True, missing: str = "") -> Section:
    """Of cracks: each setting is a list of runs, a run what it says of each image: c(rack) or i(ntact)."""
    images = len(settings[0][0])
    decided = [
        Decisions(
            says_crack=np.array([[one == "c" for one in run] for run in runs]),
            is_crack=np.ones(images, bool),
            crack_score=np.full(images, 0.61),
        )
        for runs in settings
    ]
    labels = [label_of(number) for number in range(len(settings))]
    ranked = [
        ComparedSetting(
            label=label,
            name=f"setting {label}",
            seeds=[str(seed) for seed in range(len(one.says_crack))],
            figures={},
            validation=None,
            costs={},
            settings={},
            histories=[],
            class_names=["intact", "crack"],
            confusion=np.eye(2),
            decisions=one,
            is_calibrated=True,
        )
        for label, one in zip(labels, decided, strict=True)
    ]
    agreed, names = agreement(dict(zip(labels, decided, strict=True))), [f"{number}.jpg" for number in range(images)]
    pictures = {names[one.image]: GREY for one in agreed.disputed[:12]} if has_files else {}
    shown = ShownDisagreements(agreed, names, ["crack"] * images, pictures, missing)
    return disagreement_section(ranking_of(ranked, images, shown))


def ranking_of(ranked: Sequence[ComparedSetting], images: int, shown: ShownDisagreements | None) -> Ranking:
    return Ranking(
        command="",
        ranked=ranked,
        by_validation=True,
        metric="auroc",
        confidence=0.95,
        pairs=[],
        tested_pairs=0,
        images=images,
        groups=images,
        cracks=images,
        selection=None,
        disagreements=shown,
    )


def text(section: Section) -> str:
    return " ".join(part.text for part in section.parts if isinstance(part, Text))


def thumbnails(section: Section) -> list[Thumbnail]:
    return [one for part in section.parts if isinstance(part, Thumbnails) for one in part.shown]


def table(section: Section) -> Table:
    (found,) = (part for part in section.parts if isinstance(part, Table))
    return found


def test_where_all_runs_agree_it_counts_right_and_wrong() -> None:
    said = text(section(["ccci"], ["ccci"]))
    assert said == (
        "Crack or intact, at the threshold of each run: of 4 test images, all 2 runs decide 3 correctly and 1 wrongly."
    )


def test_one_seed_of_one_setting_that_errs_alone_is_told() -> None:
    """By the majority of its seeds, the setting is right."""
    shown = section(["cc", "ci"], ["cc", "cc"])
    assert "all 4 runs decide 1 correctly and 0 wrongly. On the other 1, some runs are right and others wrong" in (
        text(shown).replace("others are wrong", "others wrong")
    )
    assert "seeds of one and the same setting disagree on 0 to 1 of these images" in text(shown)
    assert thumbnails(shown)[0].lines[1:3] == ["◐ A: 1 of 2 say crack, 0.610", "✓ B: 2 of 2 say crack, 0.610"]


def test_settings_whose_seeds_are_as_often_divided_have_one_number() -> None:
    assert "disagree on 1 of these images." in text(section(["cc", "ci"], ["cc", "ic"]))


def test_decisions_that_are_not_known_are_not_guessed() -> None:
    assert "fewer than two settings recorded the threshold" in text(disagreement_section(ranking_of([], 4, None)))


def test_an_image_has_its_label_and_the_decision_of_each_setting() -> None:
    (shown,) = thumbnails(section(["c"], ["i"]))
    assert shown.lines == ["label: crack", "✓ A: crack, 0.610", "✗ B: intact, 0.610", "0.jpg"]
    np.testing.assert_array_equal(shown.image, GREY)


def test_seeds_are_not_mentioned_for_single_runs() -> None:
    assert "seed" not in text(section(["c"], ["i"]))


def test_many_settings_are_listed_by_their_marks() -> None:
    shown = section(*[["c", "c"]] * 4, ["c", "i"], ["i", "i"])
    assert thumbnails(shown)[0].lines == ["label: crack", "✓ A, B, C, D", "◐ E", "✗ F", "0.jpg"]
    assert table(shown).rows == [("0.jpg", "crack", "✓ A, B, C, D\n◐ E\n✗ F")]


def test_the_table_has_each_image_and_setting() -> None:
    shown = section(["c" * 30], ["i" * 30])
    assert "On the other 30, some runs are right and others are wrong. The largest disagreements." in text(shown)
    assert len(thumbnails(shown)) == 12 and len(table(shown).rows) == 30
    assert table(shown).fold == "30 images: decisions of each setting"
    assert table(shown).rows[0] == ("0.jpg", "crack", "✓ A: crack, 0.610\n✗ B: intact, 0.610")


def test_missing_images_are_listed_by_name() -> None:
    shown = section(["cc"], ["ii"], has_files=False, missing="2 images cannot be shown.")
    assert thumbnails(shown) == [] and "2 images cannot be shown." in text(shown)
    assert table(shown).fold is None and [row[0] for row in table(shown).rows] == ["0.jpg", "1.jpg"]
