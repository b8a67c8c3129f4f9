"""Metrics, confidence intervals and significance tests, computed from arrays. No Keras, no files."""
