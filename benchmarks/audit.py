"""How long the audit of a large data set takes, the first time and the second, and how much memory.

    python benchmarks/audit.py --images ccic --count 40000

Fills a temporary folder with COUNT images of different content: those given, each as often as it takes, with a number
behind the end of the file. Every audit is a process of its own.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from peak_memory import peak_memory_mb
from rich.console import Console
from rich.table import Table

from crack_exp.data.audit import audit
from crack_exp.data.sources.own_images import folder
from crack_exp.system.progress import track


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "--audit":
        return print(json.dumps(audited(sys.argv[2], Path(sys.argv[3]))))
    arguments = parsed()
    with filled(arguments.images, arguments.count) as (images, cache):
        rows = {name: measured(images, cache) for name in ("the first time", "the second time")}
    table = Table(title=f"Audit of {arguments.count:,} images of {arguments.images}")
    for heading in ("", "seconds", "images/s", "peak memory (MB)"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, row in rows.items():
        seconds = row["seconds"]
        table.add_row(name, f"{seconds:.1f}", f"{arguments.count / seconds:,.0f}", f"{row['peak_mb']:,.0f}")
    Console().print(table)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="JPEG or PNG files, at any depth")
    parser.add_argument("--count", type=int, default=40_000)
    arguments = parser.parse_args()
    if not arguments.images.is_dir():
        parser.error(f"--images: '{arguments.images}' is no folder")
    return arguments


@contextmanager
def filled(source: Path, count: int) -> Iterator[tuple[Path, Path]]:
    """A folder of `count` images in two classes, and an empty folder for the cache."""
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not files:
        sys.exit(f"--images: no .jpg or .png under '{source}'")
    with TemporaryDirectory() as place:
        for label in ("cracked", "intact"):
            Path(place, "images", label).mkdir(parents=True)
        for number, file in enumerate(track(islice(cycle(files), count), "writing images", count)):
            copy = Path(place, "images", ("cracked", "intact")[number % 2], f"{number:06}{file.suffix}")
            copy.write_bytes(file.read_bytes() + number.to_bytes(8, "little"))
        yield Path(place, "images"), Path(place, "cache")


def measured(images: Path, cache: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--audit", str(images), str(cache)]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return json.loads(lines[-1])


def audited(images: str, cache: Path) -> dict[str, float]:
    examples = folder(images, group_pattern=None)
    began = time.perf_counter()
    problems = audit(examples, cache).problems
    assert not problems, problems[:3]
    return {"seconds": time.perf_counter() - began, "peak_mb": peak_memory_mb()}


if __name__ == "__main__":
    main()
