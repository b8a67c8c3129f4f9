"""`experiment=reference` against the same workflow by hand in plain Keras: how long each takes, how well it does.

python benchmarks/against_plain_keras.py --data ccic --weights imagenet
python benchmarks/against_plain_keras.py --data ccic --weights imagenet --rounds 1 --epochs 1 --images 200

Each round runs all programs, whole processes one after the other, with a seed and a split of its own. The plain script
decodes its images in every epoch, or once. crack_exp begins without anything kept from earlier runs; its second run,
with another optimizer, finds what the first has kept.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from whole_processes import Usage, link_first_images, run_measured

from crack_exp.evaluation.wilson import wilson_interval

CONFIDENCE = 0.95
BASELINE = "plain Keras, images kept"
"""What ratios are to: the faster of the two plain scripts."""

Shared = argparse.Namespace
Round = Mapping[str, "Finished"]


@dataclass(frozen=True)
class Finished:
    """One whole process, from start to exit. head_seconds: training the head alone, with its validation.

    accuracy: on its test images, with Wilson's interval low to high.
    """

    seconds: float
    cpu_seconds: float
    head_seconds: float
    test_images: int
    accuracy: float
    low: float
    high: float


def main() -> None:
    arguments = _arguments()
    with TemporaryDirectory() as place:
        folder = Path(place)
        arguments.data = arguments.data.resolve()
        if arguments.images:
            arguments.data = link_first_images(arguments.data, arguments.images, folder / "data")
        rounds = []
        for number in range(arguments.rounds):
            rounds.append(run_round(number, arguments, folder / str(number)))
            if arguments.json:
                arguments.json.write_text(json.dumps(_figures(rounds, arguments), indent=2) + "\n")
    Console().print(table(rounds, arguments.epochs))


def _arguments() -> Shared:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="one folder of images per class")
    parser.add_argument("--weights", required=True, help="of MobileNetV2 1.0: a path, or imagenet")
    parser.add_argument("--rounds", type=int, default=3, help="how often to run all, each time with another seed")
    parser.add_argument("--epochs", type=int, default=10, help="of the head, and again of fine-tuning")
    parser.add_argument("--validation", type=float, default=0.24, help="share of the images that choose")
    parser.add_argument("--test", type=float, default=0.06, help="share of the images that judge")
    parser.add_argument("--kept-only", action="store_true", help="leave out the plain script that decodes every epoch")
    parser.add_argument("--images", type=int, help="take the first ones of every class, so many in all")
    parser.add_argument("--json", type=Path, help="write the figures to this file, after every round")
    return parser.parse_args()


def run_round(number: int, arguments: Shared, folder: Path) -> dict[str, Finished]:
    """Run all programs. Who comes first changes from round to round: a machine that warms up favours neither."""
    folder.mkdir()
    finished = {}
    for names in (PLAIN, CRACK_EXP)[:: -1 if number % 2 else 1]:
        for name, program in names.items():
            if arguments.kept_only and program is decoding_in_every_epoch:
                continue
            finished[name] = program(number, arguments, folder / name.replace(" ", "_"))
            print(f"round {number + 1}: {name} took {finished[name].seconds:.1f} s", file=sys.stderr)
    return finished


def run_plain(number: int, arguments: Shared, output: Path, *own: str) -> Finished:
    script = Path(__file__).with_name("plain_keras_reference.py")
    usage = run_measured(
        *(str(script), "--data", str(arguments.data), "--weights", arguments.weights, "--output", str(output)),
        *("--validation", str(arguments.validation), "--test", str(arguments.test)),
        *("--epochs", str(arguments.epochs), "--seed", str(number + 1), "--split-seed", str(number), *own),
    )
    result = json.loads((output / "result.json").read_text())
    return _finished(usage, result["head_seconds"], result["test_images"], result["test"]["accuracy"])


def run_crack_exp(number: int, arguments: Shared, output: Path, *own: str) -> Finished:
    epochs = arguments.epochs
    usage = run_measured(
        *("-m", "crack_exp.run", "experiment=reference", f"data.path='{arguments.data}'"),
        *(f"model.weights='{arguments.weights}'", f"training.epochs={epochs}", f"fine_tune.epochs={epochs}"),
        *(f"data.validation={arguments.validation}", f"data.test={arguments.test}", f"data.split_seed={number}"),
        *(f"seed={number + 1}", "training.early_stopping_patience=null", f"hydra.run.dir='{output}'"),
        *("tracking.uri=null", f"tracking.folder='{output.parent / 'mlruns'}'", *own),
        cache=output.parent / "cache",
    )
    test_images = len((output / "predictions.csv").read_text().splitlines()) - 1
    epochs_seen = csv.DictReader((output / "history.csv").read_text().splitlines())
    head_seconds = sum(float(epoch["seconds"]) for epoch in epochs_seen if epoch["phase"] == "head")
    accuracy = json.loads((output / "evaluation.json").read_text())["test"]["accuracy"]
    return _finished(usage, head_seconds, test_images, accuracy)


def again_with_another_optimizer(number: int, arguments: Shared, output: Path) -> Finished:
    return run_crack_exp(number, arguments, output, "optimizer=rmsprop")


def decoding_in_every_epoch(number: int, arguments: Shared, output: Path) -> Finished:
    return run_plain(number, arguments, output, "--decode-in-every-epoch")


Program = Callable[[int, Shared, Path], Finished]
PLAIN: dict[str, Program] = {"plain Keras": decoding_in_every_epoch, BASELINE: run_plain}
CRACK_EXP: dict[str, Program] = {"crack_exp": run_crack_exp, "crack_exp, second run": again_with_another_optimizer}


def _finished(usage: Usage, head_seconds: float, test_images: int, accuracy: float) -> Finished:
    low, high = wilson_interval(accuracy, test_images, CONFIDENCE)
    return Finished(usage.seconds, usage.cpu_seconds, head_seconds, test_images, accuracy, low, high)


def table(rounds: Sequence[Round], epochs: int) -> Table:
    """A line per program, on 80 columns."""
    shown = Table(
        *("", "seconds", "ratio", "head\nseconds", "ratio", "CPU\nseconds", "test accuracy"),
        title=f"The reference workflow, {epochs} + {epochs} epochs, {len(rounds)} rounds",
        caption=f"Medians over the rounds, lowest and highest below; ratios to {BASELINE!r} of the same round. "
        f"Accuracies of each round with their {CONFIDENCE:.0%} Wilson intervals.",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        caption_justify="left",
    )
    for column in shown.columns[1:]:
        column.justify = "right"
    for name in rounds[0]:
        mine = [one[name] for one in rounds]
        whole, head = (ratios(rounds, name, what) for what in ("seconds", "head_seconds"))
        shown.add_row(
            name,
            *(_spread([one.seconds for one in mine], ".0f"), _spread(whole, ".2f")),
            *(_spread([one.head_seconds for one in mine], ".3g"), _spread(head, ".3f")),
            f"{median(one.cpu_seconds for one in mine):.0f}",
            "\n".join(f"{one.accuracy:.4f}\n{one.low:.3f}-{one.high:.3f}" for one in mine),
        )
    return shown


def ratios(rounds: Sequence[Round], name: str, what: str) -> list[float]:
    """Of each round: what `name` took, over what the baseline took."""
    return [getattr(one[name], what) / getattr(one[BASELINE], what) for one in rounds]


def _spread(values: Sequence[float], form: str) -> str:
    return f"{median(values):{form}}\n{min(values):{form}}-{max(values):{form}}"


def _figures(rounds: Sequence[Round], arguments: Shared) -> dict[str, object]:
    return {
        "epochs": arguments.epochs,
        "images": arguments.images,
        "rounds": [{name: asdict(one) for name, one in done.items()} for done in rounds],
        "median_ratio": {name: median(ratios(rounds, name, "seconds")) for name in rounds[0]},
        "median_head_ratio": {name: median(ratios(rounds, name, "head_seconds")) for name in rounds[0]},
    }


if __name__ == "__main__":
    main()
