"""A program: `python -m crack_exp.deployed.ship_painted_card NAME` writes the card of a painted model into the package.

NAME is one of those that `model=` takes, e.g. painted_wide.

Its threshold is chosen on one half of fresh paintings, its figures are those of the other half.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from crack_exp.data.decoding import WHITE_LEVEL
from crack_exp.data.image_io import read_resized
from crack_exp.data.sources.synthetic import synthetic
from crack_exp.deployed.engine import keras_forward
from crack_exp.deployed.painted import card_path, painted_network, painted_settings
from crack_exp.evaluation.aim import MIN_RECALL, Aim
from crack_exp.evaluation.evaluate import evaluate
from crack_exp.evaluation.operating_point import choose_operating_point
from crack_exp.evaluation.predictions import Predictions
from crack_exp.model.card import PAINTED_ONLY, RESIZING, ModelCard, to_json
from crack_exp.model.weights import fingerprint
from crack_exp.painter import CLASS_NAMES
from crack_exp.report.wording import sample
from crack_exp.run_files.recorded_metrics import figures_with_intervals
from crack_exp.system.files import write_text
from crack_exp.system.keras_backend import backend_shown
from crack_exp.system.machine import package_version
from crack_exp.system.printed import own_command

PAINTINGS, PAINT_SEED = 4_000, 4_000_000_000
"""No pretraining and no default run paints with this seed."""

TILE_PX = 256
"""Paintings have every scale. Tiles of this size were tried on walls that no weights had seen: AUROC 0.85."""

AIM = Aim(MIN_RECALL, 0.95, 0.95, cost_ratio=None, prevalence=None)
CONFIDENCE, RESAMPLES = 0.95, 2000


def write_card(name: str) -> None:
    network, size_px = painted_network(name), painted_settings(name).image_size_px
    with tempfile.TemporaryDirectory() as folder:
        examples = synthetic(Path(folder), PAINTINGS, size_px, PAINT_SEED)
        pixels = np.stack([read_resized(example.path, size_px) for example in examples])
    predictions = Predictions(
        names=[example.name for example in examples],
        groups=[example.name for example in examples],
        labels=np.array([CLASS_NAMES.index(example.label) for example in examples], np.int32),
        probabilities=keras_forward(network.probabilities)(pixels),
        class_names=list(CLASS_NAMES),
        intact=frozenset([CLASS_NAMES.index("intact")]),
    )
    choosing = np.arange(PAINTINGS) % 2 == 0
    point = choose_operating_point(predictions.where(choosing), AIM)
    test = evaluate(predictions.where(~choosing), CONFIDENCE, RESAMPLES, 0, point.threshold)
    card = ModelCard(
        class_names=list(CLASS_NAMES),
        intact=["intact"],
        score=network.score,
        threshold=point.threshold,
        threshold_rule=f"{AIM.rule}: fewest false alarms with a recall of {AIM.min_recall:g} on {choosing.sum():,} "
        "paintings; photographs may need another one",
        promise="It promises nothing: it was chosen on paintings, and no photograph was among them.",
        temperature=1.0,
        image_size_px=size_px,
        resizing=RESIZING,
        tile_px=TILE_PX,
        mm_per_px=None,
        white_level=WHITE_LEVEL,
        precision="float32",
        computed_by=backend_shown(),
        weights_sha256=fingerprint(network.probabilities),
        data_sha256="",
        figures=figures_with_intervals(test),
        confidence=CONFIDENCE,
        tested_on=f"{sample(test, 'test')}{PAINTED_ONLY}",
        run_id="",
        command=own_command("deployed.ship_painted_card", [name]),
        version=package_version("crack-exp"),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_text(card_path(name), to_json(card) + "\n")


if __name__ == "__main__":
    write_card(sys.argv[1])
