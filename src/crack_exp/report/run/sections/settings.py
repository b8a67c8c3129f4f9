"""What was asked for: what differs from the defaults, then everything."""

from crack_exp.report.run.report import RunReport
from crack_exp.report.section import Section, Table, Text


def asked(report: RunReport) -> Section:
    """The settings that differ from their defaults, and all others behind a line to open."""
    changed = [setting for setting in report.settings if setting.value != setting.default]
    others = [setting for setting in report.settings if setting.value == setting.default]
    rows = [(setting.key, setting.value, setting.default or "–") for setting in changed]
    first = (
        Table(["setting", "value", "default"], rows, note="–: the default has no such setting.", words=True)
        if changed
        else Text("Every setting has its default.")
    )
    rest = Table(
        ["setting", "value"],
        [(setting.key, setting.value) for setting in others],
        words=True,
        fold=f"{len(others)} settings at their defaults",
    )
    return Section("What was asked", [first, rest])
