"""From a data source to splits: find the images, audit them, split them by group."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np

from crack_exp.config.schema import DataConfig
from crack_exp.data.audit import Audit, audit, summary, usable, write_audit
from crack_exp.data.doubts import doubts
from crack_exp.data.examples import Example, Splits
from crack_exp.data.folds import Fold
from crack_exp.data.intact_classes import choose_intact
from crack_exp.data.sources.sources import PAINTED
from crack_exp.data.splits import Shares, split, write_split
from crack_exp.run.find_examples import find_examples
from crack_exp.run_files.folder import check_room
from crack_exp.run_files.names import AUDIT, SPLIT
from crack_exp.system.cache_dir import cache_dir
from crack_exp.tracking.datasets import SplitRecord

WITHOUT_EFFECT = ("root", "file", "given_split")
"""Fields of an example that change no result: where its file lies, and what only decides its split."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Images:
    """The images of a run: their splits, and the content of their files.

    audit: what was found in the files, a sentence each.
    contents: sha256 of each file by example name; split_sha256: of split.csv.
    groups_known: whether the data set says which images show one photo or wall.
    tile_px: typical side of the training images, the median of the shorter ones.
    """

    splits: Splits
    audit: list[str]
    contents: dict[str, str]
    split_sha256: str
    groups_known: bool
    tile_px: int

    @property
    def all_examples(self) -> list[Example]:
        return [example for _, part in self.splits for example in part]

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of every image, all that is known of it, and its split."""
        return hashlib.sha256("".join(self.fingerprint(part) for _, part in self.splits).encode()).hexdigest()

    def fingerprint(self, part: Sequence[Example]) -> str:
        """sha256 over the contents of `part` and all that a result can depend on, such as labels and groups."""
        known = [field.name for field in fields(Example) if field.name not in WITHOUT_EFFECT]
        digest = hashlib.sha256(b"[")
        # The JSON of a list of all, an entry after the other: all entries of a million images take 0.3 GB.
        for number, one in enumerate(sorted(part, key=lambda one: one.name)):
            facts = [*(getattr(one, name) for name in known), self.contents[one.name]]
            digest.update(f"{', ' if number else ''}{json.dumps(facts)}".encode())
        digest.update(b"]")
        return digest.hexdigest()

    def listing(self) -> dict[str, str]:
        """{name of an image: its label, its split and its content, in words}."""
        return {
            one.name: f"{one.label}, {name}, {self.contents[one.name][:16]}"
            for name, part in self.splits
            for one in part
        }

    def records(self, config: DataConfig) -> list[SplitRecord]:
        """The record of each split for MLflow."""
        return [self.record_of(name, config) for name, _ in self.splits]

    def record_of(self, split: str, config: DataConfig) -> SplitRecord:
        part = dict(self.splits)[split]
        return SplitRecord(
            data=config.source,
            split=split,
            sha256=self.fingerprint(part),
            source=str(Path(config.location).expanduser().resolve()),
            class_counts=dict(sorted(Counter(example.label for example in part).items())),
        )


def prepare_images(
    config: DataConfig, run_folder: Path, overrides: Sequence[str], found: Sequence[Example] | None
) -> Images:
    """Find the examples, audit and split them; writes audit.csv and split.csv. Raises UserError for bad data.

    found: the examples, where `find_at_hand` has found them already.
    """
    found = found or find_examples(config, overrides)
    check_room(run_folder, images=len(found))
    class_names = sorted({example.label for example in found})
    intact = choose_intact(class_names, config.intact)
    findings = audit(found, cache_dir(), config.max_megapixels, config.white_level)
    write_audit(findings, run_folder / AUDIT)
    sentences, doubtful = summary(findings), doubts(found)
    for line in sentences:
        log.info("audit: %s", line)
    for line in doubtful:
        log.warning("audit: %s", line)
    sentences += doubtful
    good, contents = usable(findings, found, config.on_bad_image), findings.contents
    splits = split(
        good,
        contents,
        Shares(config.validation, config.test, config.split_seed, Fold.parse(config.fold) if config.fold else None),
        class_names,
        intact,
    )
    log.info("no crack: %s; cracks: %s", ", ".join(sorted(intact)), ", ".join(sorted(set(class_names) - intact)))
    if surfaces := Counter(example.surface for example in good if example.surface):
        log.info("surfaces: %s", ", ".join(f"{name} {count:,}" for name, count in sorted(surfaces.items())))
    log.info("split: %s", ", ".join(f"{name} {len(part):,}" for name, part in splits))
    # Each painting shows a wall of its own. Photos are known to do so only where groups are given.
    groups_known = config.source == PAINTED or any(example.group != example.name for example in good)
    split_sha256 = write_split(splits, run_folder / SPLIT)
    return Images(splits, sentences, contents, split_sha256, groups_known, _tile_px(findings, splits.train))


def _tile_px(findings: Audit, train: Sequence[Example]) -> int:
    sides = {found.example.name: min(found.facts.width_px, found.facts.height_px) for found in findings.findings}
    return round(float(np.median([sides[example.name] for example in train])))


def label_indices(examples: Sequence[Example], class_names: list[str]) -> np.ndarray:
    """(n,) int32 class indices."""
    index = {name: position for position, name in enumerate(class_names)}
    return np.array([index[example.label] for example in examples], np.int32)
