"""All plots, for every kind of run."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from crack_exp.report.pictures import write_png
from crack_exp.report.run import plots
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.gallery import gallery
from crack_exp.report.run.plots import PLOTS, write_plots
from crack_exp.system.best_effort import BestEffort

MakeReport = Callable[..., RunReport]
TWELVE = [f"a type of crack with a long descriptive name, number {index}" for index in range(12)]
LARGEST_FILE_BYTES = 500_000


def texts(figure: Figure) -> str:
    """All text of a figure."""
    return "\n".join(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))


def drawn(name: str, report: RunReport) -> Figure:
    figure = PLOTS[name](report)
    assert figure is not None
    return figure


def test_known_plots_are_listed() -> None:
    known = {
        "samples_per_class",
        "class_counts",
        "augmentation",
        "learning_curves",
        "decisions",
        "confusion_matrix",
        "reliability",
        "roc_and_precision_recall",
        "gallery",
    }
    assert known <= set(PLOTS)


@pytest.mark.parametrize("name", PLOTS)
def test_the_header_of_a_plot_is_readable(name: str, make_report: MakeReport) -> None:
    """Title, subtitle and legend are within the picture, and none is over another."""
    figure = drawn(name, make_report(["intact", "hairline", "wide"]))
    FigureCanvasAgg(figure).draw()
    boxes = [part.get_window_extent() for part in (*figure.texts, *figure.legends)]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_every_plot_is_written_as_a_small_file(make_report: MakeReport, tmp_path: Path) -> None:
    effort = BestEffort("report.html")
    paths = write_plots(make_report(["intact", "hairline", "wide"]), tmp_path / "figures", effort)
    assert not effort.left_out
    assert [path.name for path in paths] == [f"{name}.png" for name in PLOTS]
    for path in paths:
        with Image.open(path) as picture:
            assert picture.format == "PNG" and picture.width > 900
        assert path.stat().st_size < LARGEST_FILE_BYTES


@pytest.mark.parametrize(
    "kind",
    [
        {"class_names": TWELVE, "head": 120, "fine_tune": 80},
        {"class_names": ["intact", "crack"], "head": 1, "fine_tune": 0, "errors": 0},
        {"class_names": ["intact", "crack $x$ {2_3}"], "images": 3, "errors": 3},
    ],
    ids=["twelve classes, 200 epochs", "one epoch, no error", "errors only"],
)
def test_unusual_runs_are_drawn_without_a_warning(make_report: MakeReport, kind: dict[str, object]) -> None:
    report = make_report(**kind)
    for figure in (plot(report) for plot in PLOTS.values()):
        if figure is not None:
            figure.draw_without_rendering()


@pytest.mark.parametrize("name", ["learning_curves", "decisions", "confusion_matrix", "roc_and_precision_recall"])
def test_both_axes_of_every_panel_have_labels(make_report: MakeReport, name: str) -> None:
    for axes in drawn(name, make_report(["intact", "fine", "wide"])).axes:
        assert axes.get_xlabel() and axes.get_ylabel()


@pytest.mark.parametrize("name", ["confusion_matrix", "roc_and_precision_recall", "stages"])
def test_plots_of_test_results_have_sample_size_and_interval(make_report: MakeReport, name: str) -> None:
    written = texts(drawn(name, make_report(["intact", "fine", "wide"])))
    assert "24 test images" in written and "95 % interval" in written


@pytest.mark.parametrize("name", ["decisions", "gallery", "reliability"])
def test_plots_of_single_images_have_their_number(make_report: MakeReport, name: str) -> None:
    assert "24 test images" in texts(drawn(name, make_report(["intact", "crack"])))


@pytest.mark.real_data
def test_a_gallery_of_real_images_is_a_small_file(make_report: MakeReport, real_data: Path, tmp_path: Path) -> None:
    # Texture compresses less than painted images.
    tiles = sorted((real_data / "data" / "sdnet2018_walls" / "Positive").glob("*.jpg"))

    def read_image(name: str) -> np.ndarray:
        with Image.open(tiles[int(name.removesuffix(".jpg"))]) as tile:
            return np.asarray(tile.convert("RGB"))

    write_png(gallery(replace(make_report(["intact", "crack"]), read_image=read_image)), tmp_path / "gallery.png")
    assert (tmp_path / "gallery.png").stat().st_size < LARGEST_FILE_BYTES


def test_pyplot_is_not_used() -> None:
    # pyplot has global state and may need a display.
    sources = Path(plots.__file__).parent.glob("*.py")
    assert not any("pyplot" in source.read_text() for source in sources)
