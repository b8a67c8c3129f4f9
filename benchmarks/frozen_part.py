"""Images a second through a frozen MobileNetV2, as Keras has it and with its batch normalisation folded, in turns.

python benchmarks/frozen_part.py --weights mobilenet_v2.weights.h5
python benchmarks/frozen_part.py --alpha 0.35 --weights mobilenet_v2_035.weights.h5 --pairs 5
"""

import argparse
import time
from collections.abc import Callable

import keras
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crack_exp.model.folding import with_folded_batch_norm

Forward = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    arguments = parsed()
    size = arguments.image_size_px
    images = np.random.default_rng(0).uniform(-1, 1, (arguments.batch_size, size, size, 3)).astype(np.float32)
    body = network(arguments, "float32")
    ways: dict[str, Forward] = {
        "Keras": body.predict_on_batch,
        "folded": with_folded_batch_norm(body).predict_on_batch,
        "folded, bfloat16": with_folded_batch_norm(network(arguments, "mixed_bfloat16")).predict_on_batch,
    }
    exact = body.predict_on_batch(images)
    differences = [float(np.abs(way(images).astype(np.float32) - exact).mean()) for way in ways.values()]
    rates = [[rate(way, images, arguments.batches) for way in ways.values()] for _ in range(arguments.pairs)]
    Console().print(table_of(list(ways), np.array(rates), differences, float(np.abs(exact).mean())))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alpha", type=float, default=1.0, help="width of MobileNetV2")
    parser.add_argument("--weights", default=None, help="a file; without, random ones, whose outputs are next to zero")
    parser.add_argument("--image-size-px", type=int, default=160)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--batches", type=int, default=5, help="in each timed round")
    parser.add_argument("--pairs", type=int, default=3, help="rounds")
    return parser.parse_args()


def network(arguments: argparse.Namespace, precision: str) -> keras.Model:
    """The frozen part in that precision; pooled, so that what is compared are means over places."""
    keras.config.set_dtype_policy(precision)
    size = arguments.image_size_px
    return keras.applications.MobileNetV2(
        (size, size, 3), alpha=arguments.alpha, include_top=False, weights=arguments.weights, pooling="avg"
    )


def rate(way: Forward, images: np.ndarray, batches: int) -> float:
    """Images a second, after a batch that is not timed."""
    way(images)
    began = time.perf_counter()
    for _ in range(batches):
        way(images)
    return batches * len(images) / (time.perf_counter() - began)


def table_of(names: list[str], rates: np.ndarray, differences: list[float], size: float) -> Table:
    """rates: images/s, (rounds, ways); differences: mean absolute ones of the features, whose mean size is `size`."""
    table = Table(
        box=SIMPLE_HEAD, caption=f"Medians of {len(rates)} rounds. Features are of size {size:.3f} on average."
    )
    for title in ("", "images/s", "against Keras", "mean difference"):
        table.add_column(title, justify="right" if title else "left", no_wrap=True)
    ratios = np.median(rates / rates[:, :1], axis=0)
    for name, images_per_s, ratio, difference in zip(names, np.median(rates, axis=0), ratios, differences, strict=True):
        table.add_row(name, f"{images_per_s:.0f}", f"{ratio:.2f}", f"{difference:.5f}")
    return table


if __name__ == "__main__":
    main()
