"""A saved view of MLflow's table of runs with results and settings, which the default columns omit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

VIEW = "crack_exp"
"""Key of the view: an address with `viewStateShareKey=crack_exp` opens it."""

VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
TITLE = "results and settings"
NEVER = 0
"""The time of our views; MLflow's pages write another one into a view that a user saves."""


@dataclass(frozen=True)
class Columns:
    """The columns of the table: names of metrics and params."""

    metrics: Sequence[str]
    params: Sequence[str]

    @property
    def names(self) -> list[str]:
        """The names in MLflow's notation."""
        return [f"metrics.`{name}`" for name in self.metrics] + [f"params.`{name}`" for name in self.params]


NO_COLUMNS = Columns((), ())


def is_outdated(saved: str | None, columns: Columns) -> bool:
    """Whether `saved` is missing, or of an earlier version with other columns; what a user saved stays."""
    if saved is None:
        return True
    try:
        is_own = json.loads(saved)["createdAt"] == NEVER
    except (ValueError, TypeError, KeyError):
        return False
    return is_own and saved != view(columns)


def view(columns: Columns) -> str:
    """The value of the experiment's tag for the view, in the format of views that are saved in MLflow's pages."""
    return json.dumps(
        {"name": TITLE, "createdAt": NEVER, "updatedAt": NEVER, "state": json.dumps({"selectedColumns": columns.names})}
    )
