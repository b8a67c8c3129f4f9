"""Views a second of a backbone in training, with Keras's BatchNormalization and with the fused one, in turns.

python benchmarks/batch_norm.py
python benchmarks/batch_norm.py --alpha 1.0 --image-size-px 160 --batch-size 32 --pairs 5
"""

import argparse
import time

import keras
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crack_exp.model.fused_batch_norm import with_fused_batch_norm


def main() -> None:
    arguments = parsed()
    size, count = arguments.image_size_px, arguments.batch_size
    body = keras.applications.MobileNetV2((size, size, 3), alpha=arguments.alpha, include_top=False, weights=None)
    models = [with_head(body), with_head(with_fused_batch_norm(body))]
    images = np.random.default_rng(0).normal(size=(count, size, size, 3)).astype(np.float32)
    rates = [[rate(model, images, arguments.steps) for model in models] for _ in range(arguments.pairs)]
    Console().print(table_of(np.array(rates)))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alpha", type=float, default=0.35, help="width of MobileNetV2")
    parser.add_argument("--image-size-px", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=10, help="training steps in each timed round")
    parser.add_argument("--pairs", type=int, default=5)
    return parser.parse_args()


def with_head(body: keras.Model) -> keras.Model:
    outputs = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(body.output))
    model = keras.Model(body.inputs, outputs)
    model.compile("adamw", loss="mse")
    return model


def rate(model: keras.Model, images: np.ndarray, steps: int) -> float:
    """Images a second, after a step that is not timed."""
    wanted = np.zeros((len(images), 1), np.float32)
    model.train_on_batch(images, wanted)
    began = time.perf_counter()
    for _ in range(steps):
        model.train_on_batch(images, wanted)
    return steps * len(images) / (time.perf_counter() - began)


def table_of(rates: np.ndarray) -> Table:
    """rates: images/s, (pairs, 2)."""
    table = Table(box=SIMPLE_HEAD, caption="In the last line: medians.")
    for title in ("pair", "Keras, images/s", "fused, images/s", "ratio"):
        table.add_column(title, justify="right", no_wrap=True)
    for number, (keras_own, fused) in enumerate(rates, start=1):
        table.add_row(str(number), f"{keras_own:.0f}", f"{fused:.0f}", f"{fused / keras_own:.2f}")
    (keras_own, fused), ratio = np.median(rates, axis=0), np.median(rates[:, 1] / rates[:, 0])
    table.add_row("", f"{keras_own:.0f}", f"{fused:.0f}", f"{ratio:.2f}")
    return table


if __name__ == "__main__":
    main()
