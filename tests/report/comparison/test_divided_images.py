"""What the page says of the images on which settings disagree, with and without the images themselves."""

from dataclasses import replace
from typing import Any

import numpy as np

from crack_exp.evaluation.disagreement import Answer, Disagreement
from crack_exp.report.comparison.divided_images import divided_images
from crack_exp.report.comparison.tables import ComparedSetting, Comparison, Division
from crack_exp.report.section import Section, Table, Text, Thumbnail, Thumbnails

GREY = np.full((8, 8, 3), 90, np.uint8)


def contender(name: str, seeds: int, divided_seeds: int) -> ComparedSetting:
    nothing: Any = []
    return ComparedSetting(
        name, ["1", "2", "3"][:seeds], {}, nothing, {}, {}, nothing, ["intact", "crack"], np.eye(2), divided_seeds
    )


def image(name: str, right: int = 1, wrong: int = 1, seeds: int = 1) -> Disagreement:
    """A crack that the first settings are right about, and the others wrong."""
    answers = {f"setting {number}": Answer("crack", seeds, seeds, 0.9, True) for number in range(right)}
    answers |= {f"setting {right + number}": Answer("intact", seeds, seeds, 0.8, False) for number in range(wrong)}
    return Disagreement(name, "crack", answers)


def section(
    division: Division | None, settings: int = 2, seeds: int = 1, divided_seeds: tuple[int, ...] = ()
) -> Section:
    luck = divided_seeds or (0,) * settings
    ranked = [contender(f"setting {number}", seeds, luck[number]) for number in range(settings)]
    return divided_images(Comparison("", "", "auroc", 0.95, ranked, [], 1200, 40, division, []))


def all_shown(*images: Disagreement) -> Division:
    return Division(images, {one.name: GREY for one in images}, "")


def said(section: Section) -> str:
    return " ".join(part.text for part in section.parts if isinstance(part, Text))


def thumbnails(section: Section) -> list[Thumbnail]:
    return [one for part in section.parts if isinstance(part, Thumbnails) for one in part.shown]


def table(section: Section) -> Table:
    (found,) = (part for part in section.parts if isinstance(part, Table))
    return found


def test_where_nothing_divides_them_it_says_so() -> None:
    nowhere = section(Division([], {}, ""))
    assert nowhere.parts == [Text("Nowhere: of each of 1,200 test images, all settings are right or all are wrong.")]


def test_of_runs_that_were_judged_on_other_images_it_says_so() -> None:
    assert "Not all runs were judged on the same images" in said(section(None))


def test_below_an_image_stands_its_label_and_what_each_setting_said() -> None:
    (shown,) = thumbnails(section(all_shown(image("wall/1.jpg"))))
    assert shown.lines == [
        "label: crack",
        "✓ setting 0: crack 90.0\N{NO-BREAK SPACE}%",
        "✗ setting 1: intact 80.0\N{NO-BREAK SPACE}%",
        "wall/1.jpg",
    ]
    np.testing.assert_array_equal(shown.image, GREY)


def test_of_several_seeds_it_is_told_how_many_say_so_and_what_luck_does() -> None:
    shown = section(all_shown(image("1.jpg", seeds=3)), seeds=3, divided_seeds=(2, 5))
    assert thumbnails(shown)[0].lines[1] == "✓ setting 0: crack 90.0\N{NO-BREAK SPACE}%, 3/3 seeds"
    assert "One setting is right and the other wrong about 1 of 1,200 test images" in said(shown)
    assert "A setting says what most of its seeds say" in said(shown)
    assert "the seeds of one setting disagree on 2 to 5 of the images" in said(shown)


def test_below_an_image_a_key_that_all_settings_share_is_left_out() -> None:
    """Its column is narrow."""
    said_of = image("1.jpg").answers.values()

    def first_line(*names: str) -> str:
        named = Disagreement("1.jpg", "crack", dict(zip(names, said_of, strict=True)))
        return thumbnails(section(all_shown(named)))[0].lines[1]

    assert first_line("optimizer=adam", "optimizer=sgd").startswith("✓ adam: crack")
    assert first_line("optimizer=adam", "defaults").startswith("✓ optimizer=adam: crack")
    assert first_line("optimizer=adam", "model=small").startswith("✓ optimizer=adam: crack")
    assert first_line("seed=1, a=2", "seed=2").startswith("✓ seed=1, a=2: crack")


def test_of_single_seeds_nothing_is_said_of_seeds() -> None:
    assert "seed" not in said(section(all_shown(image("1.jpg"))))


def test_of_many_settings_it_is_told_how_many_said_what() -> None:
    shown = section(all_shown(image("1.jpg", right=5, wrong=2)), settings=7)
    assert thumbnails(shown)[0].lines == [
        "label: crack",
        "✓ crack: 5 of 7 settings",
        "✗ intact: 2 of 7 settings",
        "1.jpg",
    ]
    assert "Some settings are right and others wrong" in said(shown)


def test_the_table_below_tells_each_setting_of_each_image() -> None:
    images = [image(f"{number}.jpg") for number in range(30)]
    shown = section(Division(images, {one.name: GREY for one in images[:12]}, ""))
    assert "wrong about 30 of 1,200 test images; these 12 divide them most" in said(shown)
    assert len(thumbnails(shown)) == 12 and len(table(shown).rows) == 30
    assert table(shown).fold == "30 images, setting by setting"
    assert table(shown).rows[0] == (
        "0.jpg",
        "crack",
        "✓ crack 90.0\N{NO-BREAK SPACE}%",
        "✗ intact 80.0\N{NO-BREAK SPACE}%",
    )


def test_images_that_are_gone_are_named_instead() -> None:
    division = Division([image("1.jpg"), image("2.jpg")], {}, "2 images cannot be shown.")
    shown = section(division)
    assert thumbnails(shown) == [] and "2 images cannot be shown." in said(shown)
    assert table(shown).fold is None and [row[0] for row in table(shown).rows] == ["1.jpg", "2.jpg"]


def test_those_that_are_there_are_shown_beside_the_names_of_others() -> None:
    division = replace(all_shown(image("1.jpg"), image("2.jpg")), pictures={"2.jpg": GREY}, lacking="1 image cannot.")
    shown = section(division)
    assert [one.lines[-1] for one in thumbnails(shown)] == ["2.jpg"]
    assert table(shown).fold is None
