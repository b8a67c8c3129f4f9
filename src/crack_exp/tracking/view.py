"""The table of runs as MLflow shows it: with verdicts and settings, which its own choice of columns leaves out."""

import json

VIEW = "crack_exp"
"""The name in its address: a page with `viewStateShareKey=crack_exp` opens with it."""

VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
TITLE = "verdicts and settings"
METRICS = ("validation_fine_tune/auroc", "test/auroc", "test/auroc_low", "test/auroc_high", "test/recall_at_threshold")
PARAMS = ("optimizer", "optimizer.learning_rate", "seed")


def view() -> str:
    """The value of the tag by which an experiment has the view, as MLflow itself writes one that is saved by hand."""
    columns = [f"metrics.`{name}`" for name in METRICS] + [f"params.`{name}`" for name in PARAMS]
    return json.dumps(
        {"name": TITLE, "createdAt": 0, "updatedAt": 0, "state": json.dumps({"selectedColumns": columns})}
    )
