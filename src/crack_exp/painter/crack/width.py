"""How wide cracks are in mm, and how near the camera comes to them.

Widths follow the categories of BRE Digest 251 (Assessment of damage in low-rise buildings): 0 hairline, less than
about 0.1 mm; 1 fine, up to 1 mm; 2 up to 5 mm; 3 from 5 to 15 mm. Map-like shrinkage cracks are commonly fine.
"""

import math
from dataclasses import dataclass

import numpy as np

from crack_exp.painter.random_numbers import log_uniform

# (least, most) width of each kind.
WIDTHS_MM = {
    "hairline": (0.03, 0.1),
    "shrinkage": (0.05, 0.6),
    "settlement": (0.3, 5.0),
    "structural": (1.0, 15.0),
}
# How wide each may look on a patch of REFERENCE_PX: who photographs a crack comes near enough to see it.
WIDTHS_PX = {
    "hairline": (0.6, 1.9),
    "shrinkage": (0.7, 2.6),
    "settlement": (2.0, 6.5),
    "structural": (4.5, 34.0),
}
# From a photo of a whole bay, 0.5 m to a patch, to one through a macro lens.
PX_PER_MM = (0.4, 24.0)


@dataclass(frozen=True)
class View:
    """How a crack is seen. px_per_mm: of a patch of REFERENCE_PX."""

    px_per_mm: float
    width_mm: float

    @property
    def width_px(self) -> float:
        """On a patch of REFERENCE_PX."""
        return self.width_mm * self.px_per_mm


def draw_view(rng: np.random.Generator, kind: str) -> View:
    """A distance at which a crack of this kind looks as wide as it may, and one such crack."""
    (thin_mm, wide_mm), (thin_px, wide_px) = WIDTHS_MM[kind], WIDTHS_PX[kind]
    px_per_mm = log_uniform(rng, max(PX_PER_MM[0], thin_px / wide_mm), min(PX_PER_MM[1], wide_px / thin_mm))
    width_mm = log_uniform(rng, max(thin_mm, thin_px / px_per_mm), min(wide_mm, wide_px / px_per_mm))
    return View(px_per_mm, width_mm)


def as_number(view: View, zoom: float) -> dict[str, float]:
    """The view as attributes of a patch `zoom` times REFERENCE_PX: logarithms, since a doubling weighs the same."""
    return {"log10_px_per_mm": math.log10(view.px_per_mm * zoom), "log10_width_mm": math.log10(view.width_mm)}
