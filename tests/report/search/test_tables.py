"""Table, plots and page of a search."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crack_exp.report.pictures import write_png
from crack_exp.report.search.page import write_search
from crack_exp.report.search.plots import STUDY_PLOTS
from crack_exp.report.search.tables import (
    FAILED,
    FINISHED,
    PRUNED,
    RUNNING,
    Search,
    TrialSummary,
    search_text,
    trial_line,
)


def trial(
    number: int, value: float | None, state: str = FINISHED, why: str = "", accuracy: float | None = 0.9
) -> TrialSummary:
    return TrialSummary(
        number=number,
        name=f"sgd, learning_rate=0.0{number}1",
        settings=["optimizer=sgd", f"optimizer.learning_rate=0.0{number}1"],
        state=state,
        value=value,
        accuracy=accuracy,
        interval=None if value is None else (value - 0.01, value + 0.02),
        epochs=8,
        training_seconds=12.4,
        report=None if value is None else f"trials/{number}/report.html",
        why=why,
    )


def search(metric: str = "loss") -> Search:
    return Search(
        name="mine",
        metric=metric,
        planned=5,
        trials=[
            trial(0, 0.31),
            trial(1, 0.12),
            trial(2, None, PRUNED, "val_loss 0.5 after epoch 3 is among the worst 33%"),
            trial(3, 0.25),
            trial(4, None, FAILED, "optimizer=x: no such choice"),
        ],
        importances={"optimizer.learning_rate": 0.9, "optimizer": 0.1},
        folder=Path("outputs/studies/mine"),
        command="python -m crack_exp.tune",
        run_command="python -m crack_exp.run --config-dir outputs/studies/mine experiment=mine",
        verify_command="python -m crack_exp.run -m --config-dir outputs/studies/mine experiment=mine-start,mine",
        continue_command="python -m crack_exp.tune tune.name=mine",
    )


def test_the_best_trials_come_first_with_their_intervals() -> None:
    text = search_text(search())
    assert text.startswith("study mine: 5 trials: 3 finished, 1 pruned, 1 failed")
    words = " ".join(text.split())
    assert "1 optimizer=sgd 0.1200 8 optimizer.learning_rate=0.011 0.1100 to 0.1400" in words
    assert text.index("0.1200") < text.index("0.2500") < text.index("0.3100")
    assert "failed: trial 4: optimizer=x: no such choice" in words
    assert [one.number for one in search("auroc").ranked] == [0, 3, 1]
    table = text[: text.index("best:")]
    assert all(len(line) <= 80 for line in table.splitlines())


def test_a_trial_that_ends_has_one_line_with_its_result_on_validation() -> None:
    def line(number: int) -> str:
        return trial_line(search().trials, number, metric="loss", planned=5)

    assert line(1) == (
        "[5/5] trial 1, sgd, learning_rate=0.011: cross-entropy on validation 0.1200 (0.1100 to 0.1400), "
        "the best so far, 8 epochs"
    )
    assert line(3) == (
        "[5/5] trial 3, sgd, learning_rate=0.031: cross-entropy on validation 0.2500 (0.2400 to 0.2700), 8 epochs"
    )
    assert line(2).endswith("learning_rate=0.021: pruned, val_loss 0.5 after epoch 3 is among the worst 33%")
    assert line(4).endswith("learning_rate=0.041: failed, optimizer=x: no such choice")
    beside = [trial(0, 0.31), trial(1, None, RUNNING)]
    assert trial_line(beside, 0, metric="loss", planned=2).startswith("[1/2] trial 0, ")


def test_the_page_links_to_the_reports_once_no_trial_can_be_chosen_by_them(tmp_path: Path) -> None:
    write_search(search(), tmp_path / "ended.html")
    page = (tmp_path / "ended.html").read_text()
    assert '<a href="trials/1/report.html">Report of trial 1: optimizer=sgd, optimizer.learning_rate=0.011</a>' in page
    assert page.count('<a href="trials/1/report.html">') == 2 and page.count("<a ") == 4
    running = [*search().trials[:4], trial(4, None, RUNNING)]
    for unfinished in (replace(search(), planned=6), replace(search(), trials=running)):
        write_search(unfinished, tmp_path / "unfinished.html")
        page = (tmp_path / "unfinished.html").read_text()
        assert "<a " not in page and "are linked once the search has ended" in page


def test_the_command_of_the_unbiased_test_is_shown() -> None:
    assert search().verify_command in search_text(search())
    assert "its validation score is biased upwards by selection" in " ".join(search_text(search()).split())


def test_the_command_for_the_remaining_trials_is_shown() -> None:
    assert "trials left" not in search_text(search())
    stopped = Search(**(vars(search()) | {"planned": 8}))
    assert "3 trials left: python -m crack_exp.tune tune.name=mine" in search_text(stopped)


def test_without_finished_trials_there_is_no_best_one(tmp_path: Path) -> None:
    nothing = Search(**(vars(search()) | {"trials": [trial(0, None, PRUNED)], "importances": {}, "planned": 1}))
    text = search_text(nothing)
    assert text == "study mine: 1 trial: 1 pruned" and nothing.best is None
    write_search(nothing, tmp_path / "study.html")
    assert "Best trial" not in (tmp_path / "study.html").read_text()
    assert all(draw(nothing) is None for draw in STUDY_PLOTS.values())


def test_validation_images_without_errors_are_reported_as_too_easy() -> None:
    easy = Search(**(vars(search()) | {"trials": [trial(0, 1.2e-5, accuracy=1.0), trial(1, 0.0, accuracy=1.0)]}))
    text = " ".join(search_text(easy).split())
    assert "2 of these trials have no error on validation" in text
    assert "<0.0001" in text and "0.0000" in text
    assert "have no error" not in search_text(search())


@pytest.mark.parametrize("name", STUDY_PLOTS)
def test_every_plot_can_be_drawn(name: str, tmp_path: Path) -> None:
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
    for text in ("<th", ">learning_rate</th>", "0.1200 (0.1100 to 0.1400)", "pruned", "no such choice"):
        assert text in page, text
    assert page.count("data:image/png") == 2


def test_unfinished_trials_do_not_change_the_scale() -> None:
    figure = STUDY_PLOTS["history"](search())
    assert figure is not None
    low, high = figure.axes[0].get_ylim()
    assert 0.1 < low < 0.12 and 0.31 < high < 0.33
