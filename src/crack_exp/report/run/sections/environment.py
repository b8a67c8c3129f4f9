"""Code, machine and versions, and how to repeat the run."""

from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Command, Section, Table, Text


def environment(report: RunReport) -> Section:
    """The command that repeats the run; code, machine and versions."""
    rows = sorted(report.environment.items())
    return Section(
        "Reproduce",
        [
            Command(report.command),
            Text("On a CPU, the same images, code and seed give identical test predictions, to the last bit."),
            Table(["", ""], rows, words=True, fold="code, machine and versions"),
        ],
    )
