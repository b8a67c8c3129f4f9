"""Which network it is, told by its weights' names and shapes: the same whatever size of image it takes."""

import hashlib
import json
import math
import re
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class Network:
    """Architecture and width. name: what Keras calls it; shapes: path and shape of each weight, in order."""

    name: str
    shapes: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def key(self) -> str:
        """Number of parameters and a short hash: equal for networks that can take each other's weights."""
        # Keras counts layers without a name of their own through the whole process: only the last part is fixed.
        fixed = [(path.rpartition("/")[2], shape) for path, shape in self.shapes]
        return f"{self.parameters}-{hashlib.sha256(json.dumps(fixed).encode()).hexdigest()[:8]}"

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for _, shape in self.shapes)

    def __str__(self) -> str:
        return f"{self.name} ({self.parameters:,} parameters)"


def network_of(body: keras.Model) -> Network:
    """The network that `body` is."""
    # Keras puts the image size, None, or a running number at the end of the name: mobilenetv2_0.35_160.
    name = re.sub(r"_(\d+|None)$", "", body.name)
    return Network(name, tuple((weight.path, tuple(weight.shape)) for weight in body.weights))
