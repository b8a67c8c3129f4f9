"""The description of a run in MLflow, in Markdown."""

from crack_exp.report.run.content import RunReport
from crack_exp.report.run.headline import FIGURES
from crack_exp.report.wording import as_percent, sample

PAGE = "Full report: Artifacts, report.html."


def run_note(report: RunReport) -> str:
    """A line for each key figure, the number of test images, and the command that repeats the run."""
    test = report.test
    figures = [f"- {as_percent(test, name)} {means}" for name, means in FIGURES.items() if name in test.scalars]
    evaluated = f"Evaluated once, on {sample(test, 'test')}. {PAGE}"
    return "\n".join([*figures, "", evaluated, "", f"    {report.command}"])
