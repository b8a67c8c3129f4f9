"""The description of a run in MLflow, in Markdown."""

from crack_exp.report.painted import PAINTED_IMAGES
from crack_exp.report.promise import promise
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.headline import figures_of
from crack_exp.report.wording import sample, stated

PAGE = "Full report: Artifacts, report.html."


def run_note(report: RunReport) -> str:
    """A line for each key figure, the promise, the number of test images, and the command that repeats the run."""
    test = report.test
    figures = [f"- {stated(test, name)} {means}" for name, means in figures_of(report).items()]
    promised = promise(report.point, images_known_alone=not report.groups_known)
    evaluated = f"Evaluated once, on {sample(test, 'test')}. {PAGE}"
    banner = [f"**{PAINTED_IMAGES}**", ""] if report.is_painted else []
    return "\n".join([*banner, *figures, "", promised, "", evaluated, "", f"    {report.command}"])
