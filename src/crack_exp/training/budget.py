"""The budget of a pretraining, and the learning rate as a function of its used share."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """The limit of a pretraining, in seconds or in images; the other one is None."""

    seconds: float | None
    images: int | None

    def share_used(self, *, seconds: float, images: int) -> float:
        """The used share of the budget, 0 to 1."""
        if self.images is not None:
            return min(images / self.images, 1.0)
        assert self.seconds is not None
        return min(seconds / self.seconds, 1.0)

    def seconds_left(self, *, seconds: float, images: int) -> float:
        """The remaining seconds; for a budget in images, estimated from the speed so far."""
        share = self.share_used(seconds=seconds, images=images)
        return seconds / share * (1 - share) if share else math.inf


def learning_rate(share: float, peak: float, warm_up: float) -> float:
    """Linear warm-up to `peak` over the share `warm_up` of the budget, then cosine decay to 0.

    share: used share of the budget, 0 to 1; Loshchilov and Hutter 2017, arXiv:1608.03983.
    """
    if share < warm_up:
        return peak * share / warm_up
    return peak * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up))) / 2
