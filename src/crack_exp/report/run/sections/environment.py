"""Where it ran, and how to do it again."""

from crack_exp.report.run.report import RunReport
from crack_exp.report.section import Command, Section, Table, Text


def environment(report: RunReport) -> Section:
    """The command that repeats the run; code, machine and versions."""
    rows = sorted(report.environment.items())
    return Section(
        "Do it again",
        [
            Command(report.command),
            Text("With the same images, code and seed a CPU gives the same test predictions to the last bit."),
            Table(["", ""], rows, words=True, fold="code, machine and versions"),
        ],
    )
