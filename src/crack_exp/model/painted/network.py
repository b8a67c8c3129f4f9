"""Identifies a network by the names and shapes of its weights, which do not depend on the image size."""

import hashlib
import json
import math
import re
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class Network:
    """Architecture and width. name: Keras's name; shapes: path and shape of each weight, in order."""

    name: str
    shapes: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def key(self) -> str:
        """Number of parameters and a short hash: equal for networks with compatible weights."""
        # Keras numbers unnamed layers over the whole process, so only the last part of a path is fixed.
        fixed = [(path.rpartition("/")[2], shape) for path, shape in self.shapes]
        return f"{self.parameters}-{hashlib.sha256(json.dumps(fixed).encode()).hexdigest()[:8]}"

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for _, shape in self.shapes)

    def __str__(self) -> str:
        return f"{self.name} ({self.parameters:,} parameters)"


def network_of(body: keras.Model) -> Network:
    """The network of `body`."""
    # Keras appends the image size, None, or a number to the name: mobilenetv2_0.35_160.
    name = re.sub(r"_(\d+|None)$", "", body.name)
    return Network(name, tuple((weight.path, tuple(weight.shape)) for weight in body.weights))
