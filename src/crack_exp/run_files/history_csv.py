"""The epochs of a run, read back from its history.csv."""

from collections.abc import Mapping, Sequence

from crack_exp.training.history import EpochRecord


def read_history(rows: Sequence[Mapping[str, str]]) -> list[EpochRecord]:
    """Epoch records from the rows of the file; none where there are no rows."""
    return [
        EpochRecord(
            epoch=int(row["epoch"]),
            phase=row["phase"],
            **{key: float(value) for key, value in row.items() if key not in ("epoch", "phase")},
        )
        for row in rows
    ]
