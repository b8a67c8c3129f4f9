"""Predict any number of images on a Ray cluster: actors that load the model once, each with batches of paths.

    python examples/on_ray.py MODEL IMAGES OUTPUT WORKERS

MODEL is what `model=` takes; IMAGES a folder that every machine of the cluster sees; OUTPUT a folder of Parquet files
with a row for each image. Each machine needs `pip install crack-exp 'ray[data]'`. A worker that dies is started anew,
and its batches are done again; each row is written once. RAY_ADDRESS names a cluster; without it, Ray starts here.
"""

import sys
from pathlib import Path

import pyarrow
import ray

from crack_exp import load_model

BATCH_SIZE = 64
"""Images of a call. By default Ray would hand over a whole block, and a worker that dies would lose as much."""

IMAGES_OF_BLOCK = 1024
"""Images of a file of the output."""

FILES = (".jpg", ".jpeg", ".png")
COLUMNS = pyarrow.schema(
    {
        "name": pyarrow.string(),
        "label": pyarrow.string(),
        "crack_score": pyarrow.float64(),
        "is_crack": pyarrow.bool_(),
        "problem": pyarrow.string(),
    }
)


class Judge:
    """A worker: the model is loaded once, where the worker is."""

    def __init__(self, model: str) -> None:
        self.model = load_model(model)

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        rows = [vars(verdict) for verdict in self.model.predict(batch["item"].to_pylist(), BATCH_SIZE)]
        return pyarrow.Table.from_pylist([{name: row[name] for name in COLUMNS.names} for row in rows], COLUMNS)


def main(model: str, images: str, output: str, workers: int) -> None:
    paths = sorted(str(path) for path in Path(images).resolve().rglob("*") if path.suffix.lower() in FILES)
    listed = ray.data.from_items(paths, override_num_blocks=max(workers, -(-len(paths) // IMAGES_OF_BLOCK)))
    judged = listed.map_batches(
        Judge,
        fn_constructor_args=(model,),
        batch_size=BATCH_SIZE,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
        max_restarts=-1,
        max_task_retries=-1,
    )
    judged.write_parquet(output)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
