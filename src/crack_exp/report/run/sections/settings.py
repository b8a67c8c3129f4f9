"""The settings of the run."""

from crack_exp.report.numbers import counted
from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Section, Table, Text


def settings(report: RunReport) -> Section:
    """The settings that differ from their defaults, and a collapsed table of all others."""
    changed = [setting for setting in report.settings if setting.value != setting.default]
    others = [setting for setting in report.settings if setting.value == setting.default]
    rows = [(setting.key, setting.value, setting.default or "–") for setting in changed]
    note = "" if all(setting.default for setting in changed) else "–: the default has no such setting."
    first = (
        Table(["setting", "value", "default"], rows, note=note, words=True)
        if changed
        else Text("All settings have their default.")
    )
    rest = Table(
        ["setting", "value"],
        [(setting.key, setting.value) for setting in others],
        words=True,
        fold=f"{counted(len(others), 'setting')} with default value",
    )
    return Section("Settings", [first, rest])
