"""How far the best of many settings flatters itself, and what comes of choosing by validation and of shrinking.

    python benchmarks/winners_curse.py --draws 200

Settings, equal or of different skill, are judged on the same simulated test walls, and on as many others for
validation. Flattery is a setting's figure on test minus its true figure, in points (hundredths) of AUROC: of the best
by test, as foretold from this one test set, of the best by validation, and of the best by test where its figure is
shrunken. Regret: how much worse the chosen one truly is than the best.
"""

import argparse
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table
from simulated_walls import Walls

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.metrics import auroc
from crack_exp.evaluation.selection import selection

METRIC = "auroc"
WALLS, SKILL, RESAMPLES = Walls(20, 40, own=0.7, seed_spread=0.1), 1.0, 100
COUNTS, SEEDS, SPREADS = (4, 12), (1, 3), (0.0, 0.3)
"""Settings, seeds of each, and the standard deviation of their skills."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=200, help="of each row")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    arguments = parser.parse_args()
    rows = list(product(COUNTS, SEEDS, SPREADS))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        outcomes = list(track(pool.map(simulated, rows, [arguments.draws] * len(rows)), total=len(rows)))
    table = Table("settings", "seeds", "skills", "spread of\ntrue AUROC", box=SIMPLE_HEAD)
    titles = (
        "best by test:\nflattery",
        "\nforetold",
        "\nregret",
        "by validation:\nflattery",
        "\nregret",
        "shrunken:\nflattery",
    )
    for title in titles:
        table.add_column(title, justify="right")
    for (count, seeds, spread), found in zip(rows, outcomes, strict=True):
        told = (f"{100 * value:.2f}" for value in found.values())
        table.add_row(str(count), str(seeds), "different" if spread else "equal", *told)
    Console(width=120).print(table)


def simulated(row: tuple[int, int, float], draws: int) -> Mapping[str, float]:
    """Means over draws, in the order of the columns; row: settings, seeds and spread."""
    (count, seeds, spread), random, rows = row, np.random.default_rng(0), []
    for _ in range(draws):
        skills = SKILL + spread * random.normal(size=count)
        true = np.array([WALLS.true_figure(METRIC, skill) for skill in skills])
        test, validation = (WALLS.settings(list(skills), seeds, random) for _ in range(2))
        by_name = {str(number): dict(zip("123", runs, strict=False)) for number, runs in enumerate(test)}
        found = selection(by_name, METRIC, Bootstrap(RESAMPLES, 0, [METRIC]))
        assert found is not None
        figures = np.array([one.figure for one in found.standings.values()])
        shrunken = np.array([one.shrunken for one in found.standings.values()], float)
        on_validation = np.array([np.mean([auroc(one) for one in runs]) for runs in validation])
        by_test, by_validation = figures.argmax(), on_validation.argmax()
        rows.append(
            {
                "spread": true.std(),
                "flattery": figures[by_test] - true[by_test],
                "foretold": found.flattery,
                "regret": true.max() - true[by_test],
                "flattery by validation": figures[by_validation] - true[by_validation],
                "regret by validation": true.max() - true[by_validation],
                "flattery shrunken": shrunken[by_test] - true[by_test],
            }
        )
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


if __name__ == "__main__":
    main()
