"""The table of wall time by part of a run."""

from collections.abc import Mapping

from crack_exp.report.console import as_text, console_table

BAR_WIDTH = 40
SHOWN_SECONDS = 0.05


def time_spent_text(seconds: Mapping[str, float]) -> str:
    """A line per part of the run that took at least SHOWN_SECONDS, in the given order, and the total; 80 columns."""
    total = sum(seconds.values())
    table = console_table()
    table.add_column("part of the run", no_wrap=True)
    table.add_column("seconds", justify="right")
    table.add_column("")
    for part, spent in seconds.items():
        if spent >= SHOWN_SECONDS:
            table.add_row(part, f"{spent:.1f}", "▇" * round(BAR_WIDTH * spent / total))
    table.add_section()
    table.add_row("total", f"{total:.1f}", "")
    return as_text(table)
