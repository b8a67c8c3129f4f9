"""Nobody shall take figures of paintings for figures of photographs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from crack_exp.model.card import PAINTED_ONLY
from crack_exp.predict.outcome import summed_up
from crack_exp.report.painted import PAINTED_IMAGES, PAINTED_MODEL, SOME_PAINTED, banner_of_images, banner_of_model
from crack_exp.report.predict.page import write_gallery
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.page import write_page
from crack_exp.report.search.page import write_search
from crack_exp.report.search.tables import search_text
from crack_exp.report.survey.page import write_survey
from crack_exp.report.sweep.page import sweep_text, write_sweep
from crack_exp.system.best_effort import BestEffort
from tests.deployed_models import brightness_network, card_of
from tests.report.search.test_tables import search
from tests.report.sweep.test_page import SWEEP


def test_the_page_of_a_run_on_paintings_says_so_above_all_else(
    make_report: Callable[..., RunReport], tmp_path: Path
) -> None:
    report = make_report(["intact", "crack"])
    for is_painted in (True, False):
        write_page(replace(report, is_painted=is_painted), [], tmp_path / "report.html", BestEffort("report.html"))
        html = (tmp_path / "report.html").read_text()
        assert (PAINTED_IMAGES in html) is is_painted
        assert not is_painted or html.index(PAINTED_IMAGES) < html.index("<h1>")


def test_pages_of_a_model_that_saw_no_photograph_say_so(tmp_path: Path) -> None:
    photographed = card_of(brightness_network())
    painted = replace(photographed, tested_on=f"750 test images of data=synthetic{PAINTED_ONLY}")
    assert banner_of_model(painted) == PAINTED_MODEL
    for card, is_said in ((painted, True), (photographed, False)):
        summary = summed_up([], tile_px=64, shown=5)
        write_gallery(summary, card, lambda row: None, "", "Predictions", tmp_path / "gallery.html")
        write_survey([], card, draws_lines=False, mm_per_px=None, title="Survey", path=tmp_path / "survey.html")
        for page in ("gallery.html", "survey.html"):
            assert (PAINTED_MODEL in (tmp_path / page).read_text()) is is_said


def test_a_sweep_and_a_search_say_it_on_the_terminal_and_on_their_pages(tmp_path: Path) -> None:
    for is_painted in (True, False):
        banner = banner_of_images(is_painted)
        sweep, study = replace(SWEEP, banner=banner), replace(search(), banner=banner)
        write_sweep(sweep, tmp_path / "sweep.html")
        write_search(study, tmp_path / "study.html")
        for text in (sweep_text(sweep), search_text(study)):
            assert (PAINTED_IMAGES in " ".join(text.split())) is is_painted
        for page in ("sweep.html", "study.html"):
            assert (PAINTED_IMAGES in (tmp_path / page).read_text()) is is_painted


def test_among_several_runs_those_on_paintings_are_told() -> None:
    assert banner_of_images() == banner_of_images(False, False) == ""
    assert banner_of_images(True, True) == PAINTED_IMAGES and banner_of_images(True, False) == SOME_PAINTED
