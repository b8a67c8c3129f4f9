"""SDNET2018 as published (Dorafshan, Thomas, Maguire 2018, doi 10.15142/T3TD19), or a part of it.

Tiles of decks, pavements and walls, cracked or not: D/CD, D/UD, P/CP, P/UP, W/CW, W/UW, or full names as in some copies
(Decks/Cracked, Decks/Non-cracked). The number before "-" in a tile's name is the number of its photo.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crack_exp.data.examples import Example
from crack_exp.data.leftovers import tell_left_behind
from crack_exp.data.sources.class_folders import existing_folder, files_under, folders_in
from crack_exp.system.errors import UserError, some_of

CRACKED, UNCRACKED = "cracked", "uncracked"
SURFACES = {"d": "deck", "p": "pavement", "w": "wall"}  # by the first letter of D, Decks, ... and the last of CD, ...
SURFACE_FOLDER = re.compile(r"(?i)(d|p|w|decks?|pavements?|walls?)$")
CLASS_FOLDER = re.compile(r"(?i)(?:(?P<cracked>c[dpw]|cracked|positive)|u[dpw]|uncracked|non-?_?cracked|negative)$")
PHOTO = re.compile(r"(\d+)-\d+")


def sdnet2018(path: str) -> list[Example]:
    """Every tile under `path`, sorted by name; labels "cracked" and "uncracked", grouped by photo, with its surface.

    path: the published folder, one surface of it (W), or a folder with two class folders.
    Raises UserError if the folder is missing or has another structure, or a surface has one class only.
    """
    root = existing_folder(path, "data.path")
    tiles = [_tile(root, part, file) for part in _parts(root) for file in files_under(part.folder)]
    tell_left_behind(root)
    nameless = [tile.name for tile in tiles if not tile.group]
    if nameless:
        raise UserError(
            f"data.path: {len(nameless):,} files under '{root}' are not named after a photo, such as 7069-12.jpg "
            f"({some_of(nameless)}); remove them, or take the folder by data=folder"
        )
    return sorted(tiles, key=lambda tile: tile.name)


@dataclass(frozen=True)
class Part:
    """A class folder. surface: "" if no folder name contains it."""

    folder: Path
    surface: str
    label: str


def _parts(root: Path) -> list[Part]:
    """The class folders of every surface. Raises UserError if a surface has one class only."""
    places = _places(root)
    if not places:
        raise UserError(_no_dataset(root))
    parts = [part for place in places for part in _class_folders(place)]
    for place in places:
        labels = {part.label for part in parts if part.folder.parent == place and any(files_under(part.folder))}
        if missing := {CRACKED, UNCRACKED} - labels:
            raise UserError(
                f"data.path: '{place}' has no {missing.pop()} tiles; SDNET2018 has them in {_published(place)}: "
                "unpack it again, or take another data set by data=folder"
            )
    return parts


def _places(root: Path) -> list[Path]:
    """The folders that hold class folders: `root` itself, or the folders of surfaces in it."""
    return [root] if _class_folders(root) else [one for one in folders_in(root) if SURFACE_FOLDER.match(one.name)]


def _class_folders(place: Path) -> list[Part]:
    found = ((folder, CLASS_FOLDER.match(folder.name)) for folder in folders_in(place))
    return [
        Part(folder, _surface(folder), CRACKED if match["cracked"] else UNCRACKED) for folder, match in found if match
    ]


def _surface(class_folder: Path) -> str:
    """The surface of a class folder, from the name of its parent (D, Decks), else from its own name (CD)."""
    if above := SURFACE_FOLDER.match(class_folder.parent.resolve().name):
        return SURFACES[above[1][0].lower()]
    return SURFACES[class_folder.name[1].lower()] if len(class_folder.name) == 2 else ""


def _tile(root: Path, part: Part, file: Path) -> Example:
    photo = PHOTO.match(file.name)
    group = " ".join(filter(None, (part.surface, photo[1]))) if photo else ""
    return Example(root, file.relative_to(root).as_posix(), part.label, group, surface=part.surface)


def _published(place: Path) -> str:
    letter = place.name[:1].upper()
    return f"C{letter} and U{letter}" if letter.lower() in SURFACES else "a cracked and an uncracked folder"


def _no_dataset(root: Path) -> str:
    expected = "D, P or W with CD and UD, CP and UP or CW and UW in them"
    try:
        deeper = next((place for place in _below(root, levels=3) if _places(place)), None)
    except UserError:  # a folder that cannot be listed is not the cause of this error
        deeper = None
    remedy = f"they lie deeper, give data.path={deeper}" if deeper else "give the folder that SDNET2018 was unpacked to"
    return f"data.path: '{root}' does not hold {expected}; {remedy}"


def _below(root: Path, levels: int) -> Iterator[Path]:
    """The folders below `root`, up to `levels` deep; a folder comes before its subfolders."""
    for folder in folders_in(root):
        yield folder
        if levels > 1:
            yield from _below(folder, levels - 1)
