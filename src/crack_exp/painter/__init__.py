"""Paints random patches of walls from a seed: intact, or with one of four kinds of crack.

patch            paints one patch: surface, distractors, crack, photograph (`paint_patch`)
surface/         the bare wall
    wall         the image of the wall while it is painted: luminance, colour, light
    concrete     concrete: texture at several scales, aggregate, relief, pits, colour
    masonry      bricks and blocks in mortar
    rubble       irregular stones, close together or in mortar
    textures     large random textures, computed once per process; patches use crops of them
crack/           the crack
    shapes       the shapes of the four kinds of crack
    width        widths in mm, and the scale of the photograph
    depth        darkness of a crack, broken edges, stains along it
    carving      shading of hollows: dark inside, a lit edge
    visibility   the rule by which a crack counts as visible
distractor/      objects and marks that look like cracks
    mixture      the probability of each distractor
    blemishes    pores, dents, stains, scratches, marks
    construction joints, formwork boards, ledges
    occlusions   cables, shadows, other materials
strokes          fractal and curved lines, drawn as polygons
camera           the photograph: illumination, exposure, blur, noise, JPEG
random_numbers   distributions that all of these modules use
on_photo         cracks painted on photographs of real walls
dataset_worker   a program that paints a set of files on all cores
stream           an endless stream of paintings, painted by worker processes, for pretraining
stream_record    one painting of a stream: its seed, its label, and its bytes in the pipe
stream_worker    the program of such a worker process
cuts             square crops from paintings
views            random views of paintings: cropped, rotated, mirrored, in other light
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
