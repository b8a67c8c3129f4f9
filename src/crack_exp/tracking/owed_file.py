"""Files of a run's folder with what MLflow does not have: one JSON object a line, deleted when all is recorded."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from crack_exp.system.files import write_text
from crack_exp.system.own_files import reading_own_file
from crack_exp.tracking.entries import Entry
from crack_exp.tracking.fail_safe import Owed

OWED, HELD_BACK = "not_in_mlflow.jsonl", "held_back.jsonl"
"""What MLflow did not take, and what it is given later: figures on test images, while a search goes on."""


@dataclass(frozen=True)
class OwedFile:
    """One of them, of the run in `folder`."""

    folder: Path
    name: str = OWED

    @property
    def path(self) -> Path:
        return self.folder / self.name

    def write(self, run_id: str, owed: Sequence[Owed]) -> None:
        """Raises OSError."""
        if not owed:
            return self.path.unlink(missing_ok=True)
        lines = (json.dumps({"run_id": run_id, "reason": one.reason} | asdict(one.entry)) for one in owed)
        write_text(self.path, "".join(f"{line}\n" for line in lines))

    def read(self) -> tuple[str | None, list[Owed]]:
        """The id of the run, and what it is owed; (None, []) where there is no file. Raises UserError."""
        if not self.path.exists():
            return None, []
        with reading_own_file(self.path, "delete it; MLflow then lacks what stood in it"):
            rows = [json.loads(line) for line in self.path.read_text().splitlines()]
            owed = [Owed(Entry(row["what"], row["kind"], row["values"]), row["reason"]) for row in rows]
            return str(rows[0]["run_id"]), owed
