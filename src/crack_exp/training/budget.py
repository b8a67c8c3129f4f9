"""How long to train, and the learning rate that follows from how much of that is used."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Seconds of work or images seen; the other one is None."""

    seconds: float | None
    images: int | None

    def share_used(self, *, seconds: float, images: int) -> float:
        """From 0 to 1."""
        if self.images is not None:
            return min(images / self.images, 1.0)
        assert self.seconds is not None
        return min(seconds / self.seconds, 1.0)

    def seconds_left(self, *, seconds: float, images: int) -> float:
        """Exact for a budget in seconds, else at the speed so far."""
        share = self.share_used(seconds=seconds, images=images)
        return seconds / share * (1 - share) if share else math.inf


def learning_rate(share: float, peak: float, warm_up: float) -> float:
    """Up to `peak` in a straight line over the first `warm_up` of the budget, then down to 0 along half a cosine.

    share: of the budget used, 0 to 1; Loshchilov and Hutter 2017, arXiv:1608.03983.
    """
    if share < warm_up:
        return peak * share / warm_up
    return peak * (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up))) / 2
