"""What a run says of itself in MLflow, in Markdown."""

from crack_exp.report.headline import FIGURES
from crack_exp.report.run.report import RunReport
from crack_exp.report.wording import as_percent, sample

PAGE = "All of it on one page: Artifacts, report.html."


def run_note(report: RunReport) -> str:
    """The verdict in a line for each figure, on how many images, and the command that repeats the run."""
    test = report.test
    figures = [f"- {as_percent(test, name)} {means}" for name, means in FIGURES.items() if name in test.scalars]
    judged = f"Judged once, on {sample(test, 'test')}. {PAGE}"
    return "\n".join([*figures, "", judged, "", f"    {report.command}"])
