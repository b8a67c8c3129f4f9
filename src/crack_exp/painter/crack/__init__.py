"""Cracks: their shapes, widths and depth, and whether one can be seen."""
