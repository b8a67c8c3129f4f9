"""The epochs of a run, read back from its history.csv."""

from collections.abc import Mapping, Sequence

from crack_exp.system.own_files import must_be
from crack_exp.training.history import EpochRecord


def read_history(rows: Sequence[Mapping[str, str]]) -> list[EpochRecord]:
    """Epoch records from the rows of the file; none where there are no rows.

    Raises ValueError, KeyError or TypeError where these are no rows of epochs.
    """
    history = [
        EpochRecord(
            epoch=int(row["epoch"]),
            phase=row["phase"],
            **{key: float(value) for key, value in row.items() if key not in ("epoch", "phase")},
        )
        for row in rows
    ]
    must_be(all(record.is_possible for record in history), "what epochs measure")
    return history
