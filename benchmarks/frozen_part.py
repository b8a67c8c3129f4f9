"""Images a second through a frozen MobileNetV2: by Keras, with its batch normalisation folded, by OpenVINO; in turns.

python benchmarks/frozen_part.py --weights mobilenet_v2.weights.h5
python benchmarks/frozen_part.py --alpha 0.35 --weights mobilenet_v2_035.weights.h5 --pairs 5 --json figures.json

OpenVINO's lines are there where it is installed (pip install openvino).
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crack_exp.model.feature_engines import relative_difference
from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.openvino_engine import PRECISIONS, forward_by_openvino, is_installed

OUTPUT = "features"
Forward = Callable[[np.ndarray], Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Row:
    """A line of the table. seconds_to_prepare: from the network in Keras to the end of a first batch.

    against_keras: median of the rounds' ratios; difference: from Keras in float32, of the features' size in L2.
    """

    way: str
    images_per_s: float
    against_keras: float
    difference: float
    seconds_to_prepare: float


def main() -> None:
    arguments = parsed()
    size = arguments.image_size_px
    images = np.random.default_rng(0).uniform(-1, 1, (arguments.batch_size, size, size, 3)).astype(np.float32)
    forwards, outputs, seconds = {}, {}, {}
    for way, prepare in ways(arguments).items():
        began = time.perf_counter()
        forwards[way] = prepare()
        outputs[way] = forwards[way](images)[OUTPUT]
        seconds[way] = time.perf_counter() - began
    rates = [[rate(one, images, arguments.batches) for one in forwards.values()] for _ in range(arguments.pairs)]
    rows = rows_of(np.array(rates), outputs, seconds)
    Console().print(table_of(rows, arguments.pairs))
    if arguments.json:
        facts = {name: value for name, value in vars(arguments).items() if name != "json"}
        arguments.json.write_text(json.dumps(facts | {"rows": [asdict(row) for row in rows]}, indent=2) + "\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alpha", type=float, default=1.0, help="width of MobileNetV2")
    parser.add_argument("--weights", default=None, help="a file; without, random ones, whose outputs are next to zero")
    parser.add_argument("--image-size-px", type=int, default=160)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--batches", type=int, default=5, help="in each timed round")
    parser.add_argument("--pairs", type=int, default=3, help="rounds")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def ways(arguments: argparse.Namespace) -> dict[str, Callable[[], Forward]]:
    """What makes ready to compute, by its name in the table; the networks are built beforehand."""
    exact, rounded = network(arguments, "float32"), network(arguments, "mixed_bfloat16")
    found: dict[str, Callable[[], Forward]] = {
        "Keras": lambda: exact.predict_on_batch,
        "folded": lambda: with_folded_batch_norm(exact).predict_on_batch,
        "folded, bfloat16": lambda: with_folded_batch_norm(rounded).predict_on_batch,
    }
    if is_installed():
        names = zip(("OpenVINO", "OpenVINO, bfloat16"), (exact, rounded), PRECISIONS, strict=True)
        found |= {name: partial(forward_by_openvino, body, to) for name, body, to in names}
    return found


def network(arguments: argparse.Namespace, precision: str) -> keras.Model:
    """The frozen part in that precision; pooled, so that what is compared are means over places."""
    keras.config.set_dtype_policy(precision)
    size = arguments.image_size_px
    body = keras.applications.MobileNetV2(
        (size, size, 3), alpha=arguments.alpha, include_top=False, weights=arguments.weights, pooling="avg"
    )
    return keras.Model(body.inputs, {OUTPUT: body.output})


def rate(way: Forward, images: np.ndarray, batches: int) -> float:
    """Images a second, after a batch that is not timed."""
    way(images)
    began = time.perf_counter()
    for _ in range(batches):
        way(images)
    return batches * len(images) / (time.perf_counter() - began)


def rows_of(rates: np.ndarray, outputs: Mapping[str, np.ndarray], seconds: Mapping[str, float]) -> list[Row]:
    """rates: images/s, (rounds, ways); the first way is Keras as it is."""
    medians, ratios = np.median(rates, axis=0).tolist(), np.median(rates / rates[:, :1], axis=0).tolist()
    exact = next(iter(outputs.values()))
    differences = [relative_difference(one, exact) for one in outputs.values()]
    columns = (outputs, medians, ratios, differences, seconds.values())
    return [Row(*values) for values in zip(*columns, strict=True)]


def table_of(rows: list[Row], rounds: int) -> Table:
    table = Table(box=SIMPLE_HEAD, caption=f"Medians of {rounds} rounds; s: to get ready, through a first batch.")
    for title in ("", "images/s", "against Keras", "difference", "s"):
        table.add_column(title, justify="right" if title else "left", no_wrap=True)
    for row in rows:
        figures = f"{row.images_per_s:.0f}", f"{row.against_keras:.2f}", f"{row.difference:.6f}"
        table.add_row(row.way, *figures, f"{row.seconds_to_prepare:.1f}")
    return table


if __name__ == "__main__":
    main()
