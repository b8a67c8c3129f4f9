"""The small table of where a run's wall time went."""

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table

from crack_exp.report.summary import as_text

BAR_WIDTH = 40
SHOWN_SECONDS = 0.05


def time_spent_text(seconds: Mapping[str, float]) -> str:
    """A line per part of the run in the given order, where it took any time, and their sum; 80 columns, no colour."""
    total = sum(seconds.values())
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("where the time went", no_wrap=True)
    table.add_column("seconds", justify="right")
    table.add_column("")
    for part, spent in seconds.items():
        if spent >= SHOWN_SECONDS:
            table.add_row(part, f"{spent:.1f}", "▇" * round(BAR_WIDTH * spent / total))
    table.add_section()
    table.add_row("in all", f"{total:.1f}", "")
    return as_text(table)
