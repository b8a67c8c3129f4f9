"""Backbones trained on paintings, and the head that they were trained with.

file     one file of weights, head and card: `write_painted`, `load_painted`, `read_head`, `read_card`
network  which network a file is for
places   where the files lie: in the package (`shipped/`), and in the cache of this machine
kinds    what the painter's classes are among those of the data
ship     the program that puts a file into the package, with its card and checksum
"""

from crack_exp.model.painted.file import PaintedHead, load_painted, read_card, read_head, write_painted
from crack_exp.model.painted.kinds import map_painted_classes
from crack_exp.model.painted.places import cache_path, packaged_path

__all__ = [
    "PaintedHead",
    "cache_path",
    "load_painted",
    "packaged_path",
    "read_card",
    "read_head",
    "map_painted_classes",
    "write_painted",
]
