"""Every picture, for every kind of run."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from crack_exp.report.plots import PLOTS, write_plots
from crack_exp.report.run_report import RunReport

MakeReport = Callable[..., RunReport]
TWELVE = [f"a type of crack with a long descriptive name, number {index}" for index in range(12)]
LARGEST_FILE_BYTES = 500_000


def texts(figure: Figure) -> str:
    """All that is written in the header and on the axes."""
    return "\n".join(artist.get_text() for artist in figure.findobj(lambda a: hasattr(a, "get_text")))


def test_known_plots_are_listed() -> None:
    known = {
        "samples_per_class",
        "learning_curves",
        "confusion_matrix",
        "roc_and_precision_recall",
        "gallery",
    }
    assert known <= set(PLOTS)


@pytest.mark.parametrize(
    "kind",
    [
        {"class_names": ["intact", "crack"]},
        {"class_names": ["intact", "hairline", "shrinkage", "settlement", "structural"], "images": 40},
        {"class_names": TWELVE, "head": 120, "fine_tune": 80},
        {"class_names": ["intact", "crack"], "head": 1, "fine_tune": 0, "mistakes": 0},
        {"class_names": ["intact", "crack $x$ {2_3}"], "images": 3, "mistakes": 3, "threshold": None},
    ],
    ids=[
        "two classes",
        "five classes",
        "twelve classes, 200 epochs",
        "one epoch, no mistake",
        "mistakes only",
    ],
)
def test_every_run_gets_all_its_pictures(
    make_report: MakeReport, kind: dict[str, object], tmp_path: Path
) -> None:
    paths = write_plots(make_report(**kind), tmp_path / "figures")
    assert [path.stem for path in paths] == list(PLOTS)
    for path in paths:
        with Image.open(path) as picture:
            assert picture.format == "PNG" and picture.width > 900
        assert path.stat().st_size < LARGEST_FILE_BYTES


@pytest.mark.parametrize("name", ["learning_curves", "confusion_matrix", "roc_and_precision_recall"])
def test_both_axes_of_every_panel_are_named(make_report: MakeReport, name: str) -> None:
    for axes in PLOTS[name](make_report(["intact", "crack"])).axes:
        assert axes.get_xlabel() and axes.get_ylabel()


@pytest.mark.parametrize("name", ["confusion_matrix", "roc_and_precision_recall", "stages", "gallery"])
def test_pictures_of_the_test_tell_sample_and_interval(make_report: MakeReport, name: str) -> None:
    written = texts(PLOTS[name](make_report(["intact", "crack"])))
    assert "24 test images" in written and "95 % interval" in written


def test_no_display_and_no_pyplot_is_needed() -> None:
    code = "import sys, crack_exp.report.plots; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
