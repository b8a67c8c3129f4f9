"""How often one more wall keeps the bound that is said of it, on simulated walls.

    python benchmarks/coverage_of_next_wall.py --draws 400

The bound is the lowest proportion of hits that one more wall will have. Beside it: how often that wall lies above the
low end of the interval of the mean, which is what one would take instead.
"""

import argparse
from dataclasses import astuple, replace
from itertools import product

import numpy as np
from coverage_of_intervals import CONFIDENCE, LOGIT_NORMAL, Setting
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from crack_exp.evaluation.next_group import lowest_share
from crack_exp.evaluation.proportions import proportion_interval

WALLS, SIZES, RATES, CORRELATIONS = (5, 10, 19, 50), ("equal", "large are worse"), (0.8, 0.98), (0.0, 0.2, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=400, help="of each setting")
    parser.add_argument("--walls", type=int, nargs="+", default=WALLS)
    arguments = parser.parse_args()
    table = Table("walls", "sizes", "rate", "correlation", "said", "kept", "above the mean's interval", box=SIMPLE_HEAD)
    settings = [
        Setting(*values, LOGIT_NORMAL)
        for values in product(arguments.walls, SIZES, RATES, CORRELATIONS)
        if values[1] == "equal" or values[3]
    ]
    for setting in track(settings):
        said, kept, above = coverage(setting, arguments.draws)
        shown = (f"{said:.3f}", f"{kept:.3f}", f"{above:.3f}")
        table.add_row(*map(str, astuple(setting)[:-1]), *shown)
    Console(width=130).print(table)


def coverage(setting: Setting, draws: int) -> tuple[float, float, float]:
    """The confidence that is said, and the shares of draws in which the next wall keeps the bound, and the interval."""
    random, with_next = np.random.default_rng(0), replace(setting, walls=setting.walls + 1)
    said = kept = above = 0.0
    for _ in range(draws):
        hits, walls = with_next.draw(random)
        is_next = walls == setting.walls
        bound = lowest_share(hits[~is_next], walls[~is_next], CONFIDENCE)
        interval = proportion_interval(hits[~is_next], walls[~is_next], CONFIDENCE)
        assert bound is not None and interval is not None
        share = hits[is_next].mean()
        said, kept, above = said + bound.confidence, kept + (share >= bound.share), above + (share >= interval[0])
    return said / draws, kept / draws, above / draws


if __name__ == "__main__":
    main()
