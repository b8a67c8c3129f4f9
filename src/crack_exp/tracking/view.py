"""The table of runs as MLflow shows it: with verdicts and settings, which its own choice of columns leaves out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

VIEW = "crack_exp"
"""The name in its address: a page with `viewStateShareKey=crack_exp` opens with it."""

VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
TITLE = "verdicts and settings"


@dataclass(frozen=True)
class Columns:
    """What the table shows of each run, by the names of metrics and params."""

    metrics: Sequence[str]
    params: Sequence[str]

    @property
    def names(self) -> list[str]:
        """As MLflow writes them."""
        return [f"metrics.`{name}`" for name in self.metrics] + [f"params.`{name}`" for name in self.params]


NO_COLUMNS = Columns((), ())


def view(columns: Columns) -> str:
    """The value of the tag by which an experiment has the view, as MLflow itself writes one that is saved by hand."""
    return json.dumps(
        {"name": TITLE, "createdAt": 0, "updatedAt": 0, "state": json.dumps({"selectedColumns": columns.names})}
    )
