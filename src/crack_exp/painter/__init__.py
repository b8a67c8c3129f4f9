"""A seeded painter of patches of walls, intact or cracked in one of four ways.

patch            the order in which one patch comes about: `paint_patch`
wall             what is in front of the camera while it is being painted
concrete         the bare surface: texture at several scales, aggregate, relief, pits, colour
masonry          bricks and blocks in mortar
stones           irregular stones, close together or in mortar
cracks           the shapes of the four kinds of crack
scale            their widths in mm, and how near the camera comes
opening          how deep a crack is, whether its edges broke, what has come out of it
visibility       the rule by which a crack counts as visible
distractors      what is no crack but looks like one: how often each of these is painted
blemishes        pores, dents, stains, scratches, marks
made_by_people   joints, boards, ledges
before_the_wall  cables, shadows, other materials
carving          hollows under one light: how deep, how dark, which edge is lit
strokes          fractal and bent lines, drawn as polygons
camera           light falling off, exposure, blur, noise, JPEG
textures         large random textures, computed once in a process; patches take windows of them
on_photo         cracks painted on photographs of real walls
write_set        the program that paints a set of files on all cores
stream           paintings without end, for training that never sees one twice
paint_stream     the program that paints them
"""

from crack_exp.painter.patch import (
    ATTRIBUTES,
    CLASS_NAMES,
    MATERIALS,
    PAINTER_VERSION,
    SIZE_RANGE_PX,
    Patch,
    paint_patch,
)

__all__ = ["ATTRIBUTES", "CLASS_NAMES", "MATERIALS", "PAINTER_VERSION", "SIZE_RANGE_PX", "Patch", "paint_patch"]
