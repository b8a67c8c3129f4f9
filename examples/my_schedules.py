"""A class of your own in the settings: a learning rate that rises, then falls.

PYTHONPATH=examples python -m crack_exp.run --config-dir examples/my_conf optimizer=one_cycle allow_code=[my_schedules]

my_conf/optimizer/one_cycle.yaml names the class. Code of yours runs only where the command line allows it.
"""

import math
from typing import Any

import keras


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """From 0 to `peak` in the first `rise` (a share) of `steps`, and along a cosine back to 0."""

    def __init__(self, peak: float, steps: int, rise: float = 0.3) -> None:
        self.peak, self.steps, self.rise = peak, steps, rise

    def __call__(self, step: Any) -> Any:
        done = keras.ops.minimum(keras.ops.cast(step, "float32") / self.steps, 1.0)
        rising = done / self.rise
        falling = (1 + keras.ops.cos(math.pi * (done - self.rise) / (1 - self.rise))) / 2
        return self.peak * keras.ops.where(done < self.rise, rising, falling)

    def get_config(self) -> dict[str, float]:
        return {"peak": self.peak, "steps": self.steps, "rise": self.rise}
