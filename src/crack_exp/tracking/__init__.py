"""Recording of runs in MLflow: settings, lineage, data, metrics, files and model."""
