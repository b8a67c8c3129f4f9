"""Backbones trained on paintings, and the head that they were trained with.

file          the file format, with weights, heads and card: `write_painted`, `load_painted`, `read_head`,
              `read_crack_heads`, `read_card`
network       identifies the network that a file belongs to
locations     the paths of files: in the package (`shipped/`), and in the cache folder of this machine
crack_maps    a network with the heads for crack or not: `with_crack_heads`, `by_strongest_cell`, `crack_lines`
class_map     maps the painter's classes to the classes of the data
ship_weights  the program that adds a file to the package, with its card and checksum
"""

from crack_exp.model.painted.class_map import map_painted_classes
from crack_exp.model.painted.crack_maps import by_strongest_cell, crack_lines, with_crack_heads
from crack_exp.model.painted.file import (
    CrackHead,
    PaintedHead,
    load_painted,
    read_card,
    read_crack_heads,
    read_head,
    write_painted,
)
from crack_exp.model.painted.locations import cache_path, packaged_path

__all__ = [
    "CrackHead",
    "PaintedHead",
    "by_strongest_cell",
    "cache_path",
    "crack_lines",
    "load_painted",
    "packaged_path",
    "read_card",
    "read_crack_heads",
    "read_head",
    "map_painted_classes",
    "with_crack_heads",
    "write_painted",
]
