"""What MLflow knows of a run: its settings, lineage, data, metrics, files and model."""
