"""MLflow's pages after a sweep, as its user sees them: opened by what the sweep printed, in a real browser."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import browser
from tests.commands import forked_python
from tests.mlflow_server import SECONDS_TO_START, free_port, served

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e '.[dev]'")
expect = playwright.expect

RUNS = ["adam", "sgd"]
EPOCHS = [1, 2]  # one of the head, one of fine-tuning
AUROC = "metrics.`test/auroc`"


@dataclass(frozen=True)
class Site:
    """MLflow as it is served here. opens_with: the address that the sweep printed."""

    opens_with: str

    @property
    def table(self) -> str:
        return self.opens_with.replace("compareRunsMode=CHART", "compareRunsMode=TABLE")


@pytest.fixture(scope="module")
def context() -> Iterator["BrowserContext"]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def site(context: "BrowserContext", tiny: list[str], make_home: Callable[[], Path]) -> Iterator[Site]:
    """A sweep over two optimizers, and the MLflow server."""
    home = make_home()
    shortest = ["training.epochs=1", "fine_tune.epochs=1"]
    kept = [setting for setting in tiny if not setting.startswith(("training.epochs", "fine_tune.epochs"))]
    words = ["run", "-m", *kept, *shortest, "optimizer=adam,sgd"]
    # Not by tests.commands.crack_exp, whose runs draw no plots.
    done = forked_python(f"import sys; from crack_exp import run; sys.argv = {words!r}; run.main()", home)
    assert done.returncode == 0, done.stderr
    (command,) = set(re.findall(r"MLflow: +(.+)", done.stdout))
    (address,) = set(re.findall(r"then open (\S+)", done.stdout))
    port = free_port()
    with served(f"{command} --port {port} --workers 1", home, f"http://127.0.0.1:{port}/health"):
        yield Site(address.replace(":5000/", f":{port}/"))


@pytest.fixture
def page(context: "BrowserContext", tmp_path: Path) -> Iterator["Page"]:
    """A page of the browser; what it shows when a test fails is kept as a picture: see conftest."""
    page = context.new_page()
    yield page
    page.close()


def column(page: "Page", name: str) -> list[str]:
    """The values of a column of the table of runs, from top to bottom."""
    cells = page.locator(f".ag-center-cols-container .ag-cell[col-id='{name}']")
    by_height = "(a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y"
    return list(cells.evaluate_all(f"cells => cells.sort({by_height}).map(cell => cell.innerText)"))


def soon(page: "Page", shown: Callable[[], object], wanted: object) -> bool:
    """Whether the page comes to show what is wanted: it draws and sorts a while after its address has changed."""
    until = time.monotonic() + SECONDS_TO_START
    while shown() != wanted and time.monotonic() < until:
        page.wait_for_timeout(100)
    return shown() == wanted


def curves(card: "Locator") -> dict[str, list[int]]:
    """The epochs of each line on a chart, by the name of its run."""
    plot = card.locator(".js-plotly-plot")
    return dict(plot.evaluate("plot => plot.data.map(line => [line.name, [...(line.x || [])]])"))


def test_the_printed_address_opens_with_the_curves_of_both_phases(site: Site, page: "Page") -> None:
    page.goto(site.opens_with)
    cards = page.get_by_test_id("experiment-view-compare-runs-card")
    for place, curve in enumerate(("train_accuracy", "train_loss", "val_accuracy", "val_loss")):
        card = cards.nth(place)  # the first four: the curves are at the top
        expect(card.get_by_text(f"epoch/{curve}", exact=True)).to_be_visible()
        expect(card.locator(".scatterlayer .trace").first).to_be_attached()
        assert soon(page, partial(curves, card), {name: EPOCHS for name in RUNS})


def test_runs_have_names_settings_and_figures_and_sort_by_them(site: Site, page: "Page") -> None:
    page.goto(site.table)
    for name in RUNS:
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    header = page.locator(f".ag-header-cell[col-id='{AUROC}']")
    expect(page.locator(f".ag-cell[col-id='{AUROC}']")).to_have_count(len(RUNS))
    assert sorted(column(page, "params.`optimizer`")) == ["Adam", "SGD"]
    best_first = sorted(column(page, AUROC), key=float, reverse=True)
    header.click()
    page.wait_for_url("**orderByKey=metrics.%60test%2Fauroc%60**")
    assert soon(page, partial(column, page, AUROC), best_first)
    header.click()
    page.wait_for_url("**orderByAsc=true**")
    assert soon(page, partial(column, page, AUROC), best_first[::-1])


def test_compared_runs_have_parallel_coordinates_of_settings_and_figures(site: Site, page: "Page") -> None:
    page.goto(site.table)
    page.get_by_role("link", name=RUNS[0], exact=True).wait_for()
    page.get_by_role("checkbox", name="Select all runs").click()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("Comparing 2 Runs")).to_be_visible()
    plot = page.locator(".js-plotly-plot .parcoords")
    for axis in ("optimizer", "optimizer.learning_rate", "epoch/val_loss"):
        expect(plot.locator(".axis-title", has_text=re.compile(f"^{re.escape(axis)}$"))).to_be_visible()
    for value in ("Adam", "SGD"):
        expect(plot.get_by_text(value, exact=True)).to_be_visible()


def test_a_run_says_what_came_of_it_and_shows_its_report_and_plots(site: Site, page: "Page") -> None:
    page.goto(site.table)
    page.get_by_role("link", name="sgd", exact=True).click()
    expect(page.get_by_text("cracks found (recall)")).to_be_visible()
    page.get_by_role("tab", name="Artifacts").click()
    page.get_by_text("report.html", exact=True).click()
    expect(page.frame_locator("iframe").get_by_role("heading", name="Results", exact=True)).to_be_visible()
    page.get_by_text("plots", exact=True).click()
    page.get_by_text("learning_curves.png", exact=True).click()
    plot = page.get_by_role("img", name="plots/learning_curves.png")
    expect(plot).to_be_visible()
    assert plot.evaluate("image => image.naturalWidth") > 500


def test_a_model_has_the_name_of_its_run_its_figures_and_its_test_images(site: Site, page: "Page") -> None:
    page.goto(site.table)
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_role("link", name=re.compile(r"^adam \d{4}-\d\d-\d\d$"))).to_be_visible()
    page.get_by_role("link", name=re.compile(r"^sgd \d{4}-\d\d-\d\d$")).click()
    expect(page.get_by_text(re.compile(r"^synthetic test \(#")).first).to_be_visible()
    for metric in ("test/recall_at_threshold", "test/auroc_lower"):
        expect(page.get_by_text(metric, exact=True)).to_be_visible()
