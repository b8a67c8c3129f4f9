"""A seeded painter of concrete patches, intact or cracked in one of four ways.

patch        the order in which one patch comes about: `paint_patch`
concrete     the bare surface: texture at several scales, aggregate, relief, pits, colour
cracks       the shapes of the four kinds of crack
carving      hollows under one light: how deep, how dark, which edge is lit
distractors  what is no crack but looks like one: pores, joints, boards, stains, scratches, cables, shadows
camera       light falling off, exposure, blur, noise, JPEG
strokes      fractal lines of varying width, drawn as polygons
write_set    the program that paints a set of files on all cores
textures     large random textures, computed once in a process; patches take windows of them
"""

from crack_exp.data.painter.patch import CLASS_NAMES, PAINTER_VERSION, SIZE_RANGE_PX, Patch, paint_patch

__all__ = ["CLASS_NAMES", "PAINTER_VERSION", "SIZE_RANGE_PX", "Patch", "paint_patch"]
