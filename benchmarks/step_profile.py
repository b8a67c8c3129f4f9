"""Where the time of a fine-tuning step above the cut goes, on a CPU, and what there is besides its operations.

python benchmarks/step_profile.py --weights mobilenet_v2.weights.h5
python benchmarks/step_profile.py --precision mixed_bfloat16 --steps 8
python benchmarks/step_profile.py --alpha 0.35 --batch-size 32 --steps 64 --json step.json

Two tables: a trace of some steps, by kind of operation; and untraced steps in turns, with batches from memory or one
batch over and over, and with one step or several between two returns to Python.
"""

import argparse
import json
import os
import sys
import time
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from device_facts import processor, versions
from patch_classifier import FINE_TUNE_FROM, EpochClock, phase_of
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from step_trace import shared_out, traced

from crack_exp.data.batches import Batches
from crack_exp.model.classifier import add_head, build_backbone
from crack_exp.model.features import Features
from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.split_model import cut_below, split_at
from crack_exp.training.phase import Phase, compile_phase, unfreeze

ROUNDS = 3
STEPS_PER_EXECUTION = (1, 8)
CONSTANT, MEMORY = "one batch over and over", "batches from memory"


def main() -> None:
    arguments = parsed()
    if tf.config.list_physical_devices("GPU"):
        sys.exit("the trace of a GPU's work is another one: run with CUDA_VISIBLE_DEVICES=-1")
    keras.config.set_dtype_policy(arguments.precision)
    cut, parts = compiled(arguments)
    ways = {(feed, many): parts[many] for feed, many in product((MEMORY, CONSTANT), STEPS_PER_EXECUTION)}
    batches = fed(arguments, parts[1].input_shape[1:])
    for (feed, _), part in ways.items():
        rates_of(part, batches[feed], arguments)  # makes its function
    rates = [[rates_of(part, batches[feed], arguments) for (feed, _), part in ways.items()] for _ in range(ROUNDS)]
    by_way = np.moveaxis(np.array(rates), 0, -1).tolist()  # (ways, 2, ROUNDS)
    facts = profile(parts[1], batches[CONSTANT], arguments) | {
        "cut": cut,
        "settings": vars(arguments) | {"json": None},
        "device": processor(),
        "versions": versions(),
        "ways": [
            {"batches": feed, "steps_per_execution": many, "images_per_s": wall, "images_per_core_s": core}
            for (feed, many), (wall, core) in zip(ways, by_way, strict=True)
        ],
    }
    Console().print(profile_table(facts))
    Console().print(overhead_table(facts))
    if arguments.json:
        arguments.json.write_text(json.dumps(facts, indent=2) + "\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alpha", type=float, default=1.0, help="width of MobileNetV2")
    parser.add_argument("--image-size-px", type=int, default=160)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--weights", default="none", help="of the backbone: a path, imagenet, or none for random ones")
    parser.add_argument("--precision", choices=("float32", "mixed_bfloat16"), default="float32")
    parser.add_argument("--steps", type=int, default=16, help="traced, and in each of three timed rounds")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    if arguments.steps % max(STEPS_PER_EXECUTION):
        parser.error(f"--steps={arguments.steps}: take a multiple of {max(STEPS_PER_EXECUTION)}")
    return arguments


def compiled(arguments: argparse.Namespace) -> tuple[str, dict[int, keras.Model]]:
    """The layer cut behind, and what is fine-tuned above it, as a run has it, by how many steps it takes at once."""
    body = build_backbone(
        backbone=partial(keras.applications.MobileNetV2, alpha=arguments.alpha),
        rescaling=keras.layers.Rescaling(1 / 127.5, -1),
        weights=arguments.weights,
        image_size_px=arguments.image_size_px,
        batch_norm_momentum=0.9,
    )
    model = add_head(body, classes=2, dropout=0.2)
    unfreeze(model, phase())
    cut = cut_below(model, FINE_TUNE_FROM)
    parts = {many: with_folded_batch_norm(split_at(model, cut)[1]) for many in STEPS_PER_EXECUTION}
    for many, part in parts.items():
        compile_phase(part, phase())
        part.steps_per_execution = many
    return cut, parts


def phase() -> Phase:
    return phase_of("fine_tune", keras.optimizers.RMSprop(1e-5), FINE_TUNE_FROM)


def fed(arguments: argparse.Namespace, shape: tuple[int, ...]) -> dict[str, Any]:
    """A batch of random features for each step: all of them from memory, as in a run, and the first one repeated."""
    count = arguments.batch_size * arguments.steps
    features = Features(np.random.default_rng(0).normal(size=(count, *shape)).astype(np.float16), rows=np.arange(count))
    rows, labels = np.arange(count), np.arange(count) % 2
    from_memory = Batches([features], rows, labels, batch_size=arguments.batch_size, seed=0, layers=[])
    first = rows[: arguments.batch_size]
    options = tf.data.Options()
    options.autotune.enabled = False  # or its thread sleeps for seconds at the end of every `fit`
    constant = tf.data.Dataset.from_tensors((features[first], labels[first].astype(np.int32)))
    return {MEMORY: from_memory.fed, CONSTANT: constant.repeat(arguments.steps).with_options(options)}


def rates_of(model: keras.Model, batches: Any, arguments: argparse.Namespace) -> tuple[float, float]:
    """Images a second, and a core-second: the latter tells work from waiting, and bears a machine that is shared."""
    clock, worked = EpochClock(), time.process_time()
    model.fit(batches, callbacks=[clock], shuffle=False, verbose=0)
    images = arguments.batch_size * arguments.steps
    return images / clock.seconds[0], images / (time.process_time() - worked)


def profile(model: keras.Model, batches: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    """Core-milliseconds a step by kind, and how many cores the steps were given while they were traced."""
    used = list[float]()

    def train() -> None:
        began, worked = time.perf_counter(), time.process_time()
        model.fit(batches, shuffle=False, verbose=0)
        used.append((time.process_time() - worked) / (time.perf_counter() - began))

    spent = shared_out(traced(train), os.cpu_count() or 1)
    return {
        "core_ms_per_step": {kind: core_ms / arguments.steps for kind, core_ms in spent.items()},
        "cores": os.cpu_count(),
        "cores_used": used[0],
    }


def profile_table(facts: dict[str, Any]) -> Table:
    """A row for each kind of operation; shares of all cores' time from the first operation to the last."""
    settings, whole = facts["settings"], sum(facts["core_ms_per_step"].values())
    rate = next(one for one in facts["ways"] if one["batches"] == CONSTANT and one["steps_per_execution"] == 1)
    shown = Table(
        *("of a step", "core-ms", "share"),
        title=f"MobileNetV2 {settings['alpha']} at {settings['image_size_px']} px above {facts['cut']}, "
        f"{settings['precision']}, batches of {settings['batch_size']}, on {facts['device']}",
        caption=f"{np.median(rate['images_per_s']):.0f} images/s untraced. {settings['steps']} traced steps of "
        f"{whole / facts['cores']:.0f} ms; the process used {facts['cores_used']:.1f} of {facts['cores']} cores. "
        "What is at work at one time shares all cores. A forward convolution takes in the offset and the activation "
        "behind it where TensorFlow fuses them.",
        box=SIMPLE_HEAD,
        min_width=80,
        caption_justify="left",
    )
    for column in shown.columns[1:]:
        column.justify = "right"
    for kind, core_ms in facts["core_ms_per_step"].items():
        shown.add_row(kind, f"{core_ms:.1f}", f"{core_ms / whole:.1%}")
    return shown


def overhead_table(facts: dict[str, Any]) -> Table:
    """A row for each way to be fed; ratios are those of rounds to the first way, which is a run's."""
    shown = Table(
        *("", "steps at once", "images/s", "ratio", "images/core-s", "ratio"),
        caption=f"Medians of {ROUNDS} rounds, in turns.",
        box=SIMPLE_HEAD,
    )
    for column in shown.columns[1:]:
        column.justify = "right"
    for way in facts["ways"]:
        row = [way["batches"], str(way["steps_per_execution"])]
        for kind in ("images_per_s", "images_per_core_s"):
            ratios = np.array(way[kind]) / np.array(facts["ways"][0][kind])
            row += [f"{np.median(way[kind]):.0f}", f"{np.median(ratios):.2f}"]
        shown.add_row(*row)
    return shown


if __name__ == "__main__":
    main()
