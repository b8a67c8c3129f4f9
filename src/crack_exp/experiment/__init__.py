"""The story of one run, and its chapters."""

from crack_exp.experiment.story import run_experiment

__all__ = ["run_experiment"]
