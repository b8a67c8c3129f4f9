"""What a search tells: the best trials, and what they are not worth yet."""

from pathlib import Path

import numpy as np
import pytest

from crack_exp.report.pictures import write_png
from crack_exp.report.search.page import write_search
from crack_exp.report.search.plots import STUDY_PLOTS
from crack_exp.report.search.tables import FAILED, FINISHED, GIVEN_UP, Search, Tried, search_text


def tried(
    number: int, value: float | None, state: str = FINISHED, error: str = "", accuracy: float | None = 0.9
) -> Tried:
    settings = ["optimizer=sgd", f"optimizer.learning_rate=0.0{number}1"]
    interval = None if value is None else (value - 0.01, value + 0.02)
    return Tried(number, settings, state, value, accuracy, interval, epochs=8, seconds=12.4, error=error)


def search(metric: str = "loss") -> Search:
    return Search(
        name="mine",
        metric=metric,
        wanted=5,
        tried=[
            tried(0, 0.31),
            tried(1, 0.12),
            tried(2, None, GIVEN_UP),
            tried(3, 0.25),
            tried(4, None, FAILED, "optimizer=x: no such choice"),
        ],
        importances={"optimizer.learning_rate": 0.9, "optimizer": 0.1},
        folder=Path("outputs/studies/mine"),
        seeds=[2, 3, 4],
        command="python -m crack_exp.tune tune.name=mine",
    )


def test_the_best_come_first_with_their_intervals() -> None:
    text = search_text(search())
    assert text.startswith("study mine: 5 trials: 3 finished, 1 given up early, 1 failed")
    words = " ".join(text.split())
    assert "1 optimizer=sgd 0.1200 8 optimizer.learning_rate=0.011 0.1100 to 0.1400" in words
    assert text.index("0.1200") < text.index("0.2500") < text.index("0.3100")
    assert "failed: trial 4: optimizer=x: no such choice" in words
    assert [one.number for one in search("auroc").ranked] == [0, 3, 1]
    table = text[: text.index("best:")]
    assert all(len(line) <= 80 for line in table.splitlines())


def test_it_says_how_to_find_out_whether_it_was_luck() -> None:
    said = "python -m crack_exp.run -m --config-dir outputs/studies/mine experiment=mine-start,mine seed=2,3,4"
    assert said in search_text(search())
    assert "looks better on validation than it is" in " ".join(search_text(search()).split())


def test_where_trials_are_left_it_says_how_to_go_on() -> None:
    assert "more to come" not in search_text(search())
    stopped = Search(**(vars(search()) | {"wanted": 8, "command": "python -m crack_exp.tune"}))
    assert "3 more to come: python -m crack_exp.tune tune.name=mine" in search_text(stopped)


def test_where_none_finished_there_is_no_best(tmp_path: Path) -> None:
    nothing = Search(**(vars(search()) | {"tried": [tried(0, None, GIVEN_UP)], "importances": {}, "wanted": 1}))
    text = search_text(nothing)
    assert text == "study mine: 1 trial: 1 given up early" and nothing.best is None
    write_search(nothing, tmp_path / "study.html")
    assert "The best trial" not in (tmp_path / "study.html").read_text()
    assert all(draw(nothing) is None for draw in STUDY_PLOTS.values())


def test_images_that_are_too_easy_to_choose_by_are_said_to_be() -> None:
    easy = Search(**(vars(search()) | {"tried": [tried(0, 1.2e-5, accuracy=1.0), tried(1, 0.0, accuracy=1.0)]}))
    said = " ".join(search_text(easy).split())
    assert "2 of these trials make no mistake on validation" in said
    assert "1.2e-05" in said and "0.0000" in said
    assert "make no mistake" not in search_text(search())


@pytest.mark.parametrize("name", STUDY_PLOTS)
def test_every_picture_can_be_drawn(name: str, tmp_path: Path) -> None:
    figure = STUDY_PLOTS[name](search())
    assert figure is not None
    write_png(figure, tmp_path / "picture.png")


def test_the_best_so_far_never_gets_worse() -> None:
    for metric, best in (("loss", [0.31, 0.12, 0.12, 0.12]), ("auroc", [0.31, 0.31, 0.31, 0.31])):
        figure = STUDY_PLOTS["history"](search(metric))
        assert figure is not None
        line = figure.axes[0].get_lines()[0]
        assert np.asarray(line.get_ydata()).tolist() == best


def test_the_page_has_a_column_for_each_setting(tmp_path: Path) -> None:
    write_search(search(), tmp_path / "study.html")
    page = (tmp_path / "study.html").read_text()
    for said in ("<th", ">learning_rate</th>", "0.1200 (0.1100 to 0.1400)", "given up early", "no such choice"):
        assert said in page, said
    assert page.count("data:image/png") == 2


def test_marks_of_unfinished_trials_leave_the_scale_to_the_finished_ones() -> None:
    figure = STUDY_PLOTS["history"](search())
    assert figure is not None
    low, high = figure.axes[0].get_ylim()
    assert 0.1 < low < 0.12 and 0.31 < high < 0.33
