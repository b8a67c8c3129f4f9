"""What systems and programs leave behind beside images. It is passed over in every search, and counted."""

import logging
import os
from collections import Counter, defaultdict
from pathlib import Path

from crack_exp.system.errors import quoted, some_of
from crack_exp.system.printed import printable

log = logging.getLogger(__name__)

NAMES = frozenset(
    (
        # Synology, QNAP and other network drives: thumbnails, bins, snapshots
        *("@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@tmp", "network trash folder"),
        # Windows
        *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"),
        *("$recycle.bin", "recycler", "system volume information"),
        # macOS, Linux, Picasa
        *("__macosx", "icon\r", "temporary items", "lost+found", "picasa.ini"),
    )
)
"""Of files and folders, in small letters. Names that begin with a dot need no place here."""

BEGINNINGS = (".", "~$")
ENDINGS = (
    *(":zone.identifier", "@synoeastream", "@synoresource", ".icloud"),
    # beside photos: thumbnails of films, edits of iPhones and of raw converters, links of Windows
    *(".thm", ".aae", ".xmp", ".pp3", ".dop", ".lnk"),
)


def is_left_behind(name: str) -> bool:
    """Whether a file or folder of this name was made by no person for others to see: `.DS_Store`, `Thumbs.db`, ..."""
    small = name.lower()
    return small in NAMES or small.startswith(BEGINNINGS) or small.endswith(ENDINGS)


class PassedOver:
    """Counts what a search passes over, to tell it at the end."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)

    def is_left_behind(self, name: str) -> bool:
        """See `is_left_behind`; counts it."""
        if is_left_behind(name):
            self._counts["what systems leave beside images"][_kind(name)] += 1
            return True
        return False

    def count_other(self, name: str) -> None:
        """Count a file that is not taken for an image, because of its name."""
        self._counts["files with another ending than images"][Path(name).suffix.lower()] += 1

    def count_link(self, name: str) -> None:
        """Count a link to a folder that is not followed."""
        self._counts["links to folders"][name] += 1

    def tell(self) -> None:
        """Log what there was, if anything."""
        for reason, kinds in self._counts.items():
            named = [f"{count:,} {quoted(kind)}" for kind, count in kinds.most_common()]
            log.info("passed over, %s: %s", reason, printable(some_of(named)))


def tell_left_behind(root: Path) -> None:
    """Log how many files and folders under `root` are left behind; links are followed, each folder is visited once."""
    passed, visited = PassedOver(), set[str]()
    for place, folders, files in os.walk(root, followlinks=True):
        if (real := os.path.realpath(place)) in visited:  # by a link, which may lead in a circle
            folders.clear()
            continue
        visited.add(real)
        folders[:] = [name for name in folders if not passed.is_left_behind(name)]
        for name in files:
            passed.is_left_behind(name)
    passed.tell()


def _kind(name: str) -> str:
    """The name, or the pattern of those that are called after an image."""
    if name.startswith("._"):
        return "._*"
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    return f"*{name[-len(ending) :]}" if ending else name
