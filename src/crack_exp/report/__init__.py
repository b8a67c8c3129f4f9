"""Plots, tables and HTML pages of runs, comparisons, sweeps and searches. The only importer of matplotlib."""
