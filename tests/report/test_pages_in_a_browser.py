"""Every page that is written to a file, with contents that are hard to lay out: in a window, on a phone, on paper."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.model.card import ModelCard
from crack_exp.predict.outcome import summed_up
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.predict.page import write_gallery
from crack_exp.report.run.content import RunReport, Setting
from crack_exp.report.run.page import write_page
from crack_exp.report.run.plots import write_plots
from crack_exp.report.search.page import write_search
from crack_exp.report.search.tables import FAILED, FINISHED, PRUNED, TrialSummary
from crack_exp.report.survey.content import SurveyedPhoto
from crack_exp.report.survey.page import write_survey
from crack_exp.report.sweep.page import Sweep, write_sweep
from crack_exp.system.best_effort import BestEffort
from tests.browser import browser
from tests.deployed_models import brightness_network, card_of
from tests.page_check import PHONE_PX, assert_whole
from tests.plot_check import every_plot_is_whole
from tests.report.comparison.comparisons import IMAGES, comparison_of, ranking_of, with_each
from tests.report.conftest import draw_image
from tests.report.predict.test_gallery import row
from tests.report.search.test_tables import search
from tests.report.survey.test_survey_page import CRACKED, SOUND
from tests.report.survey.test_survey_page import FAILED as FAILED_PHOTO
from tests.report.sweep.test_page import SWEEP

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

LONG = "data.path=" + "a_long_way_down_without_a_space/" * 6
HOSTILE = ('walls/<north> & "east"\'s side.jpg', "جدار الجسر الشمالي/شقوق في الخرسانة المسلحة.jpg", f"{LONG}wall.jpg")
CLASSES = (
    "intact",
    "hairline crack of less than 0.2 mm",
    "<b>wide</b> & deep",
    "شق واسع",
    "spalling_with_exposed_reinforcement",
)
COMMAND = f"python -m crack_exp.run '{LONG}' 'data.intact=[\"{CLASSES[3]}\"]' optimizer.learning_rate=0.0001"

MakeReport = Callable[..., RunReport]


@pytest.fixture(scope="module")
def context() -> Iterator["BrowserContext"]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(context: "BrowserContext") -> Iterator["Page"]:
    page = context.new_page()
    yield page
    page.close()


def hard_report(report: RunReport) -> RunReport:
    """The same with long settings, names and doubts."""
    settings = [Setting(f"data.{name}", f"{LONG}{name}", "") for name in ("path", "table")]
    evaluation = report.test
    walls = [HOSTILE[number % 3] for number in range(len(evaluation.predictions.labels))]
    test = replace(evaluation, predictions=replace(evaluation.predictions, groups=walls))
    return replace(
        report,
        title=f"crack_exp run: {LONG}, seed=1",
        command=COMMAND,
        settings=[*settings, *report.settings],
        environment={**report.environment, "machine.gpu": LONG},
        audit=[*report.audit, f"'{HOSTILE[0]}' and '{HOSTILE[1]}' show the same, as do {LONG} and {HOSTILE[2]}"],
        samples=dict.fromkeys(report.samples, [f"{number}.jpg" for number in range(4)]),
        groups_known=False,
        test=test,
        surfaces={HOSTILE[1]: test, "masonry": test},
    )


@pytest.mark.parametrize("classes", [2, 5])
def test_the_page_of_a_run(classes: int, make_report: MakeReport, page: "Page", tmp_path: Path) -> None:
    report = hard_report(make_report(list(CLASSES[:classes]), images=90, errors=24))
    effort = BestEffort("report.html")
    with every_plot_is_whole():
        write_page(report, write_plots(report, tmp_path / "plots", effort), tmp_path / "report.html", effort)
    assert not effort.left_out
    page.goto((tmp_path / "report.html").as_uri())
    assert_whole(page)


@pytest.mark.parametrize(("settings", "groups"), [(2, IMAGES), (3, 12), (12, 12)])
def test_the_page_of_a_comparison(settings: int, groups: int, page: "Page", tmp_path: Path) -> None:
    """Of two sets of test images; with the more settings, the more of them are clearly worse."""
    names = [
        f"optimizer=adam, optimizer.learning_rate=0.00{number}, {LONG}{HOSTILE[number % 2]}"
        for number in range(settings)
    ]
    ranking = ranking_of({name: 1.0 + 2 * place for place, name in enumerate(names)}, groups=groups)
    values = {"optimizer.learning_rate": "0.0001", "data.path": LONG, "training.dropout": ""}
    hard = with_each(ranking, settings=values, class_names=CLASSES, confusion=np.full((5, 5), 123.3))
    comparison = replace(
        comparison_of(hard, hard),
        command=f"python -m crack_exp.compare 'sweep={LONG}'",
        same_runs=f"python -m crack_exp.compare 'runs=[{','.join(['0123abcd'] * 3 * len(names))}]'",
        alone=[f"run 6 ('{LONG}'): no other setting has the same 7 test images"],
        excluded=[f"run 7 ('{LONG}') has no predictions", f"run 8 ('{HOSTILE[1]}') is FAILED"],
    )
    with every_plot_is_whole():
        write_comparison(comparison, tmp_path / "comparison.html")
    page.goto((tmp_path / "comparison.html").as_uri())
    assert_whole(page)
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": PHONE_PX, "height": 900})
    wider = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
    assert page.eval_on_selector_all(".wide", wider) == [], "to be pushed sideways"


def test_the_page_of_a_sweep(page: "Page", tmp_path: Path) -> None:
    names = [f"{LONG}, seed=1", f"data.path={HOSTILE[0]}", HOSTILE[1], *(f"optimizer=sgd, seed={n}" for n in range(9))]
    (tmp_path / LONG).mkdir(parents=True)
    (tmp_path / LONG / "report #1 of 100 %.html").touch()
    jobs = [replace(SWEEP.jobs[0], name=name, report=f"{LONG}report #1 of 100 %.html") for name in names]
    errors = [(COMMAND, f"{LONG}: no such folder")]
    write_sweep(Sweep(LONG, jobs, errors, was_stopped=True, compare_command=COMMAND), tmp_path / "sweep.html")
    page.goto((tmp_path / "sweep.html").as_uri())
    assert_whole(page)


def test_the_page_of_a_study(page: "Page", tmp_path: Path) -> None:
    searched = ["optimizer=sgd", "optimizer.learning_rate=0.000123", "fine_tune.optimizer.learning_rate=0.0123"]
    settings = [*searched, "training.dropout=0.123", f"model.weights={LONG}", f"data.path={HOSTILE[0]}"]
    states = [(PRUNED, ""), (FAILED, f"data.path: no images under '{LONG}'"), *[(FINISHED, "")] * 20]
    report = f"{LONG}report #1 of 100 %.html"
    (tmp_path / LONG).mkdir(parents=True)
    (tmp_path / report).touch()
    unfinished = TrialSummary(0, LONG, settings, FAILED, None, None, None, 8, None, None, why="")
    finished = replace(
        unfinished, state=FINISHED, accuracy=0.9, interval=(0.8, 0.95), training_seconds=12.4, report=report
    )
    trials = [
        replace(finished, number=number, value=0.9 + number / 1000)
        if state == FINISHED
        else replace(unfinished, number=number, state=state, why=why)
        for number, (state, why) in enumerate(states)
    ]
    importances = {setting.partition("=")[0]: 1 / 6 for setting in settings}
    study = replace(search("auroc"), name=LONG, trials=trials, planned=22, importances=importances, folder=tmp_path,
                    command=COMMAND, run_command=COMMAND, verify_command=COMMAND)  # fmt: skip
    with every_plot_is_whole():
        write_search(study, tmp_path / "study.html")
    page.goto((tmp_path / "study.html").as_uri())
    assert_whole(page)


def hard_card() -> ModelCard:
    return card_of(
        brightness_network(),
        class_names=list(CLASSES),
        command=COMMAND,
        tested_on=f"100 test images of data=folder, {LONG}",
    )


def test_the_gallery_of_predictions(page: "Page", tmp_path: Path) -> None:
    long_class = [{**row(name, 0.9), "label": CLASSES[2], "probabilities": {CLASSES[2]: 0.9}} for name in HOSTILE]
    rows = [*long_class, *(row(name, 0.7, side_px=640) for name in HOSTILE), *(row(f"{n}.jpg", 0.2) for n in range(20))]
    rows += [{**row(name, 0.6), "note": "darker than a quarter of white"} for name in HOSTILE]
    rows += [row(name, None, "cannot be read: the file ends too early (12 of 4,000 bytes)") for name in HOSTILE]
    summary = summed_up(rows, tile_px=64, shown=60)
    write_gallery(
        summary,
        hard_card(),
        lambda row: draw_image("90.jpg"),
        COMMAND,
        f"Predictions of {LONG}",
        tmp_path / "gallery.html",
    )
    page.goto((tmp_path / "gallery.html").as_uri())
    assert_whole(page)


def test_the_page_of_a_survey(page: "Page", tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name, size in {"wide": (400, 90), "high": (90, 400)}.items():
        Image.new("RGB", size, "grey").save(tmp_path / "photos" / f"{name}.jpg")
    for name in ("annotated.jpg", "tiles.csv", "tiles.geojson"):
        (tmp_path / "photos" / name).touch()
    photos: list[SurveyedPhoto] = []
    for name in HOSTILE:
        large: dict[str, Any] = {"name": name, "width_px": 123_456, "longest_run_mm": 1e6, "longest_run_px": 9e7}
        photos += [replace(CRACKED, map="photos/wide.jpg", **large), replace(SOUND, map="photos/high.jpg", **large)]
        photos.append(replace(FAILED_PHOTO, name=name, problem=f"cannot be read: {LONG}"))
    write_survey(
        *(photos, hard_card()),
        draws_lines=True,
        mm_per_px=0.4,
        title=f"Survey of {LONG}",
        path=tmp_path / "survey.html",
    )
    page.goto((tmp_path / "survey.html").as_uri())
    assert_whole(page)
