"""What lies in a folder, to compare before and after."""

import hashlib
from pathlib import Path


def contents(folder: Path) -> dict[str, str]:
    """{path below `folder`: sha256, or "folder"} of everything in it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }
