"""Cracks: shape, width, depth and visibility."""
