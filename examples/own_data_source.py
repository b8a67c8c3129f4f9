"""Train on labels in a format of your own: write them as a table, and give the table to crack_exp.

python examples/own_data_source.py inspection.json model=mobilenet_v2

inspection.json, from some inspection software, is a list with one object for each image:
[{"file": "pictures/0001.jpg", "finding": "K2", "component": "pier 3"}, ...]
"""

import csv
import json
import sys
from pathlib import Path

from crack_exp.run import run

LABELS = {"K0": "intact", "K1": "hairline", "K2": "crack"}
"""The findings to train on; images with another one are left out."""


def main(source: Path, settings: list[str]) -> None:
    table = source.with_suffix(".csv")
    print(f"{write_table(source, table)} images in {table}")
    evaluation = run(["data=table", f"data.path='{table}'", *settings])
    print(f"accuracy {evaluation.scalars['accuracy']:.3f} on {len(evaluation.predictions.labels)} test images")


def write_table(source: Path, table: Path) -> int:
    """Write path, label and group of each image; returns their number. Images of one component stay in one split."""
    entries = [entry for entry in json.loads(source.read_text()) if entry["finding"] in LABELS]
    with table.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "label", "group"])
        rows.writerows([entry["file"], LABELS[entry["finding"]], entry["component"]] for entry in entries)
    return len(entries)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
