"""The image of a wall while it is painted."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Wall:
    """The wall that the functions of the painter modify in place.

    luminance:  (S, S) float32 reflectance, about 0 to 1.
    light:      (2,) float32 unit vector (x, y) of the direction of light over the relief.
    tint:       (3,) float32, red, green and blue of the whole wall, about 1.
    layers:     added colours: masks (S, S) in [0, 1], and the change (3,) of the tint where a mask is 1.
    attributes: properties of the wall by name, see ATTRIBUTES in `patch`.
    """

    luminance: np.ndarray
    light: np.ndarray
    tint: np.ndarray
    layers: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    attributes: dict[str, float] = field(default_factory=dict)

    @property
    def size_px(self) -> int:
        return int(self.luminance.shape[0])

    def cover(self, mask: np.ndarray, brightness: float, colour: np.ndarray) -> None:
        """Cover the wall where `mask` (S, S) is 1 with an opaque object of this brightness and `colour` (3,)."""
        self.luminance += mask * (brightness - self.luminance)
        self.layers = [(layer * (1.0 - mask), added) for layer, added in self.layers]
        self.layers.append((mask, colour - self.tint))

    def coloured(self, light: np.ndarray) -> np.ndarray:
        """(S, S, 3) float32 red, green and blue under the illumination `light` (S, S), which is about 1."""
        luminance = self.luminance * light
        picture = np.empty((*luminance.shape, 3), np.float32)
        # Channel by channel, since NumPy is slow along a last axis of three.
        for channel in range(3):
            tint: np.ndarray | np.float32 = self.tint[channel]
            for mask, added in self.layers:
                tint = tint + mask * added[channel]
            np.multiply(luminance, tint, out=picture[..., channel])
        return picture
