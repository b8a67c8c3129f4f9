"""Plots and page of one run."""
