"""The data of a run in MLflow: one data set per split, with fingerprint and class counts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

DIGEST_CHARACTERS = 10  # the number that MLflow's pages show; the profile has all


@dataclass(frozen=True)
class SplitRecord:
    """One split: `data` is the data set ("synthetic"), `split` is "train", "validation" or "test".

    sha256: fingerprint of the split's images and labels, hexadecimal; source: folder, file or address;
    class_counts: images per class.
    """

    data: str
    split: str
    sha256: str
    source: str
    class_counts: Mapping[str, int]

    @property
    def name(self) -> str:
        return f"{self.data} {self.split}"

    @property
    def digest(self) -> str:
        return self.sha256[:DIGEST_CHARACTERS]


def dataset_input(record: SplitRecord) -> "DatasetInput":
    """The split as an input of an MLflow run; its profile has the counts and the full fingerprint."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    profile = {
        "images": sum(record.class_counts.values()),
        "class_counts": dict(record.class_counts),
        "sha256": record.sha256,
    }
    dataset = Dataset(
        name=record.name,
        digest=record.digest,
        source_type="local",
        source=json.dumps({"uri": record.source}),
        profile=json.dumps(profile),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", record.split)])
