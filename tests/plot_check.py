"""What is wrong with a plot as it is drawn: its texts over one another, or beyond its edge."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from crack_exp.report import pictures

SLACK_PX = 1.5


@contextmanager
def every_plot_is_whole() -> Iterator[None]:
    """Each that is written as a picture inside the block, and there is one."""
    figures: list[Figure] = []
    draw = pictures._drawn

    def draw_and_tell(figure: Figure) -> np.ndarray:
        figures.append(figure)
        return draw(figure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_drawn", draw_and_tell)
        yield
    assert figures
    found = [problem for figure in figures for problem in plot_problems(figure)]
    assert not found, "\n".join(found[:10])


def plot_problems(figure: Figure) -> list[str]:
    """Each in one sentence."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in _drawn_texts(figure)]
    whole = figure.bbox.padded(SLACK_PX)
    found = [f"{name!r} is cut off by the edge of the plot" for name, box in boxes if not _lies_in(box, whole)]
    for (one, box), (other, beside) in combinations(boxes, 2):
        if box.padded(-SLACK_PX).overlaps(beside.padded(-SLACK_PX)):
            found.append(f"{one!r} and {other!r} overlap")
    return found


def _drawn_texts(figure: Figure) -> list[Text]:
    """Not those of ticks that lie beyond the ends of an axis."""
    drawn: list[Text] = []
    draw = Text.draw

    def draw_and_tell(self: Text, *arguments: Any, **options: Any) -> None:
        if self.get_visible() and self.get_text().strip():
            drawn.append(self)
        draw(self, *arguments, **options)

    canvas = FigureCanvasAgg(figure)
    figure.set_layout_engine("none")  # as it was laid out
    with pytest.MonkeyPatch.context() as patch, pictures.fonts_for(figure):
        patch.setattr(Text, "draw", draw_and_tell)
        canvas.draw()
    return drawn


def _lies_in(box: Bbox, whole: Bbox) -> bool:
    return bool(box.x0 >= whole.x0 and box.y0 >= whole.y0 and box.x1 <= whole.x1 and box.y1 <= whole.y1)
