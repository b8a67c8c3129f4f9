"""Tables for the console and for logs."""

import io

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

WIDTH = 80


def console_table(caption: str | None = None) -> Table:
    """An empty table in the common style, with a caption below."""
    return Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, caption=caption, caption_justify="left")


def as_text(table: Table) -> str:
    """`table` for a log: 80 columns, no colour. What its cells hold is text: [brackets] and :words: mean themselves."""
    written = io.StringIO()
    Console(file=written, width=WIDTH, markup=False, emoji=False, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())
