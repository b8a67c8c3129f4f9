"""A saved view of MLflow's table of runs with results and settings, which the default columns omit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

VIEW = "crack_exp"
"""Key of the view: an address with `viewStateShareKey=crack_exp` opens it."""

VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
TITLE = "results and settings"


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


def view(columns: Columns) -> str:
    """The value of the experiment's tag for the view, in the format of views that are saved in MLflow's pages."""
    return json.dumps(
        {"name": TITLE, "createdAt": 0, "updatedAt": 0, "state": json.dumps({"selectedColumns": columns.names})}
    )
