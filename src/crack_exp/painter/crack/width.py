"""Widths of cracks in mm, and the scale of their photographs in pixels per mm.

Widths follow the categories of BRE Digest 251 (Assessment of damage in low-rise buildings): 0 hairline, less than
about 0.1 mm; 1 fine, up to 1 mm; 2 up to 5 mm; 3 from 5 to 15 mm. Map-like shrinkage cracks are usually fine.
"""

import math
from dataclasses import dataclass

import numpy as np

from crack_exp.painter.random_numbers import log_uniform

# (least, most) width of each class.
WIDTHS_MM = {
    "hairline": (0.03, 0.1),
    "shrinkage": (0.05, 0.6),
    "settlement": (0.3, 5.0),
    "structural": (1.0, 15.0),
}
# (least, most) width on a patch of REFERENCE_PX: photographs are taken from where the crack is visible.
WIDTHS_PX = {
    "hairline": (0.6, 1.9),
    "shrinkage": (0.7, 2.6),
    "settlement": (2.0, 6.5),
    "structural": (4.5, 34.0),
}
# From 0.5 m per patch to a macro lens.
PX_PER_MM = (0.4, 24.0)


@dataclass(frozen=True)
class View:
    """The scale of a photograph of REFERENCE_PX pixels, and the width of the crack in it."""

    px_per_mm: float
    width_mm: float

    @property
    def width_px(self) -> float:
        """Width of the crack on a patch of REFERENCE_PX."""
        return self.width_mm * self.px_per_mm


def draw_view(rng: np.random.Generator, kind: str) -> View:
    """A random scale and width for a crack of this class, within PX_PER_MM, WIDTHS_MM and WIDTHS_PX."""
    (thin_mm, wide_mm), (thin_px, wide_px) = WIDTHS_MM[kind], WIDTHS_PX[kind]
    px_per_mm = log_uniform(rng, max(PX_PER_MM[0], thin_px / wide_mm), min(PX_PER_MM[1], wide_px / thin_mm))
    width_mm = log_uniform(rng, max(thin_mm, thin_px / px_per_mm), min(wide_mm, wide_px / px_per_mm))
    return View(px_per_mm, width_mm)


def view_attributes(view: View, zoom: float) -> dict[str, float]:
    """The view as decimal logarithms, for the attributes of a patch of `zoom` times REFERENCE_PX pixels."""
    return {"log10_px_per_mm": math.log10(view.px_per_mm * zoom), "log10_width_mm": math.log10(view.width_mm)}
