"""Train two settings with three seeds each from Python, read their figures, and test the difference.

python examples/from_python.py
python examples/from_python.py data=folder data.path=my_images      with settings for all runs

Given again, it repeats nothing: runs of one sweep that are finished are not done again.
"""

import sys

from crack_exp.compare import compare
from crack_exp.run import run
from crack_exp.system.errors import UserError

SWEEP = "from_python"


def main(settings: list[str]) -> None:
    for optimizer in ("adam", "rmsprop"):
        for seed in (1, 2, 3):
            evaluation = run([*settings, f"optimizer={optimizer}", f"seed={seed}", f"sweep.name={SWEEP}"])
            low, high = evaluation.intervals["accuracy"]
            accuracy = evaluation.scalars["accuracy"]
            print(f"{optimizer}, seed {seed}: accuracy {accuracy:.3f}, 95 % interval {low:.3f} to {high:.3f}")
    (ranking,) = compare([f"sweep={SWEEP}", "metric=accuracy"]).rankings  # one for each set of test images
    for setting in ranking.ranked:
        print(f"{setting.label}: {setting.name}, accuracy {setting.figures['accuracy'].mean:.3f}")
    for pair in ranking.pairs:
        difference = pair.differences["accuracy"].value
        print(f"{pair.second} - {pair.first}: {difference:+.3f}, p = {pair.p:.3f}: {ranking.conclusion(pair)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:  # a mistake in the settings, in one sentence
        sys.exit(str(error))
