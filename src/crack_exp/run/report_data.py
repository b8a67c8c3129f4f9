"""From a run to the data of its page and plots."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import keras
import numpy as np

from crack_exp.config import Config, default_settings
from crack_exp.config.consistency import trains
from crack_exp.config.validators import is_number
from crack_exp.data.augmentation import preview
from crack_exp.data.image_io import read_image, read_resized
from crack_exp.data.sources.sources import PAINTED
from crack_exp.model.freezing import layer_table, trainable_counts
from crack_exp.report.numbers import in_full, typed_in_full
from crack_exp.report.run.content import RunReport, Setting
from crack_exp.report.run.samples import evenly
from crack_exp.run.outcome import Outcome
from crack_exp.run.parts import Parts
from crack_exp.run.prepare_images import Images
from crack_exp.run_files.folder import command_of
from crack_exp.runtime.session import Session
from crack_exp.tracking.lineage import lineage, project_checkout
from crack_exp.tracking.mlflow_values import flatten
from crack_exp.training.phase import Phase, unfreeze
from crack_exp.training.precision import Precision

SAMPLES_PER_CLASS = 6
AUGMENTED_IMAGES, AUGMENTED_EPOCHS = 6, 3
LOSS_NAMES = {"cross_entropy": "cross-entropy loss (nats)", "focal": "focal loss (nats)"}


@dataclass(frozen=True)
class RunStart:
    """Facts of the moment when a run begins: files and commits may change before it ends.

    command: repeats the run; settings: every value beside its default; environment: code, machine, versions, devices.
    """

    command: str
    settings: list[Setting]
    environment: dict[str, str]

    def with_environment(self, **facts: str) -> "RunStart":
        """The same with more facts of the environment, known later."""
        return replace(self, environment=self.environment | facts)


def start_facts(config: Config, folder: Path, devices: Session, precision: Precision) -> RunStart:
    """`folder` holds the run's config.yaml."""
    computed = {"devices": ", ".join(devices.devices), "precision": precision.name}
    measured = {"precision.measured": f"a step takes {precision.measured}"} if precision.timings else {}
    environment = lineage(checkout=project_checkout()) | computed | measured
    return RunStart(command_of(folder), settings_beside_defaults(config), environment)


def run_report(config: Config, start: RunStart, images: Images, parts: Parts, outcome: Outcome) -> RunReport:
    """All data that plots and the page of a run need. No image is read before they ask for it."""
    splits, white_level = outcome.splits, config.data.white_level
    examples = {example.name: example for example in splits.train + splits.test}
    of_class = {name: [one.name for one in splits.train if one.label == name] for name in splits.class_names}
    return RunReport(
        title=title_of(config),
        is_painted=config.data.source == PAINTED,
        command=start.command,
        settings=start.settings,
        environment=start.environment,
        groups_known=images.groups_known,
        audit=images.audit,
        layers=layers_by_phase(outcome.model, parts.phases),
        class_counts={name: dict(Counter(one.label for one in part)) for name, part in splits},
        group_counts={name: len({one.group for one in part}) for name, part in splits},
        samples={name: evenly(names, SAMPLES_PER_CLASS) for name, names in of_class.items()},
        augmented=partial(_augmented, config, parts.augment, images),
        loss=LOSS_NAMES[config.training.loss],
        history=outcome.history,
        stages=outcome.titled_stages,
        point=outcome.point,
        temperature=outcome.temperature,
        test=outcome.test,
        raw_test=replace(outcome.test.predictions, probabilities=outcome.raw_test),
        surfaces=outcome.surfaces,
        prevalence=config.evaluation.prevalence,
        read_image=lambda name: read_image(examples[name].path, sha256=images.contents[name], white_level=white_level),
    )


def _augmented(config: Config, layers: Sequence[keras.Layer], images: Images) -> list[list[np.ndarray]]:
    if not layers or not trains(config):
        return []
    shown, size_px = evenly(images.splits.train, AUGMENTED_IMAGES), config.model.image_size_px
    white_level, contents = config.data.white_level, images.contents
    read = [read_resized(one.path, size_px, sha256=contents[one.name], white_level=white_level) for one in shown]
    epochs = min(AUGMENTED_EPOCHS, config.augment.views or AUGMENTED_EPOCHS)
    changed = preview(np.stack(read), layers, seed=config.seed, epochs=epochs)
    return [[image, *epochs] for image, epochs in zip(read, changed, strict=True)]


def settings_beside_defaults(config: Config) -> list[Setting]:
    """Every value of `config`, in its order."""
    defaults = flatten(asdict(default_settings()))
    return [
        Setting(key, _as_typed(value), _as_typed(defaults.get(key, "")))
        for key, value in flatten(asdict(config)).items()
    ]


def _as_typed(value: str) -> str:
    """As the command line takes it: Python's None is null there, and 1e-05 is written in full."""
    return "null" if value == "None" else typed_in_full(value)


def title_of(config: Config) -> str:
    """'survey A: walls, MobileNetV2 0.35, 2026-11-22': the run's name, if it has one, data, model and today's date."""
    backbone = config.model.backbone
    model = str(backbone["_target_"]).rpartition(".")[2]
    width = f" {in_full(backbone['alpha'])}" if is_number(backbone.get("alpha")) else ""
    data = "painted images" if config.data.source == PAINTED else Path(config.data.location).name or config.data.source
    name = f"{config.run_name}: " if config.run_name else ""
    return f"{name}{data}, {model}{width}, {datetime.now():%Y-%m-%d}"


def layers_by_phase(model: keras.Model, phases: Sequence[Phase]) -> list[dict[str, str | int]]:
    """The layer table with what each phase trains; leaves `model` as the last phase trains it."""
    counts = {}
    for phase in phases:
        unfreeze(model, phase)
        counts[phase.name] = trainable_counts(model)
    return layer_table(model, counts)
