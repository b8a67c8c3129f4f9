"""The programs that can unpack RAR, which Python cannot: how each lists an archive, and unpacks it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FILE, FOLDER, OTHER = "file", "folder", "other"


@dataclass(frozen=True)
class Entry:
    """What a listing says of one member. kind: FILE, FOLDER, or OTHER: links and the like."""

    name: str
    size_bytes: int
    kind: str


@dataclass(frozen=True)
class Tool:
    """A program on the search path. Its messages are read under LC_ALL=C.UTF-8.

    list_command: by archive; read_listing: what that prints -> entries; unpack_command: by archive and folder.
    """

    program: str
    list_command: Callable[[Path], list[str]]
    read_listing: Callable[[str], list[Entry]]
    unpack_command: Callable[[Path, Path], list[str]]


def _of_lsar(listing: str) -> list[Entry]:
    """JSON of lsar, which comes with unar."""

    def kind(member: dict[str, object]) -> str:
        if member.get("XADIsDirectory"):
            return FOLDER
        return OTHER if any(key in member for key in ("XADIsLink", "XADIsHardLink", "XADLinkDestination")) else FILE

    members = json.loads(listing).get("lsarContents", [])
    return [Entry(member["XADFileName"], int(member.get("XADFileSize", 0)), kind(member)) for member in members]


def _of_unrar(listing: str) -> list[Entry]:
    """A paragraph a member, of lines such as 'Name: a.jpg'."""
    kinds = {"File": FILE, "Directory": FOLDER}
    members = [dict(re.findall(r"^ *(Name|Type|Size): (.*)$", part, re.M)) for part in re.split(r"\n\s*\n", listing)]
    return [
        Entry(member["Name"], int(member.get("Size", 0)), kinds.get(member["Type"], OTHER))
        for member in members
        if {"Name", "Type"} <= member.keys()
    ]


def _of_bsdtar(listing: str) -> list[Entry]:
    """Lines as of `ls -l`."""
    kinds = {"-": FILE, "d": FOLDER}
    rows = [line.split(None, 8) for line in listing.splitlines()]
    return [
        Entry(row[8], int(row[4]), OTHER if " link to " in row[8] else kinds.get(row[0][0], OTHER))
        for row in rows
        if len(row) == 9
    ]


TOOLS = (
    Tool(
        "unar",
        lambda archive: ["lsar", "-json", str(archive)],
        _of_lsar,
        lambda archive, folder: [
            "unar",
            "-no-directory",
            "-force-skip",
            "-output-directory",
            str(folder),
            str(archive),
        ],
    ),
    Tool(
        "unrar",
        lambda archive: ["unrar", "lt", "-p-", str(archive)],
        _of_unrar,
        lambda archive, folder: ["unrar", "x", "-p-", "-o-", str(archive), f"{folder}/"],
    ),
    Tool(
        "bsdtar",
        lambda archive: ["bsdtar", "-tvf", str(archive)],
        _of_bsdtar,
        lambda archive, folder: ["bsdtar", "-xf", str(archive), "-C", str(folder), "--no-same-owner"],
    ),
)
