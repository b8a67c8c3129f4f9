"""The wall in front of the camera while it is being painted."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Wall:
    """What every part of the painter works on, in place.

    luminance:  (S, S) float32 reflectance, about 0 to 1.
    light:      (2,) float32 unit vector (x, y) along which the light falls over the relief.
    tint:       (3,) float32, red, green and blue of the whole wall, about 1.
    layers:     colour on top of it: masks (S, S) in [0, 1] and what they add to the tint (3,) where they are 1.
    attributes: what is on the wall: a number by name, see ATTRIBUTES in `patch`.
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
        """Put something opaque of another `colour` (3,) on the wall where `mask` (S, S) is 1."""
        self.luminance += mask * (brightness - self.luminance)
        self.layers = [(layer * (1.0 - mask), added) for layer, added in self.layers]
        self.layers.append((mask, colour - self.tint))

    def coloured(self, light: np.ndarray) -> np.ndarray:
        """(S, S, 3) float32 red, green and blue under `light` (S, S), about 1."""
        luminance = self.luminance * light
        picture = np.empty((*luminance.shape, 3), np.float32)
        # By channel: NumPy is several times slower along a last axis of three.
        for channel in range(3):
            tint: np.ndarray | np.float32 = self.tint[channel]
            for mask, added in self.layers:
                tint = tint + mask * added[channel]
            np.multiply(luminance, tint, out=picture[..., channel])
        return picture
