"""The sections of a run's page, one file each: functions `(RunReport) -> Section`, None where there is nothing to show.

To add one, write its function and its line in SECTIONS, at the place where it is to stand.
"""

from collections.abc import Callable

from crack_exp.report.run.report import RunReport
from crack_exp.report.run.sections.data import data
from crack_exp.report.run.sections.environment import environment
from crack_exp.report.run.sections.groups import groups
from crack_exp.report.run.sections.layers import layers
from crack_exp.report.run.sections.misclassified import mistakes
from crack_exp.report.run.sections.settings import asked
from crack_exp.report.run.sections.training import training
from crack_exp.report.run.sections.results import verdict
from crack_exp.report.section import Section

SECTIONS: dict[str, Callable[[RunReport], Section | None]] = {
    "asked": asked,
    "data": data,
    "training": training,
    "verdict": verdict,
    "groups": groups,
    "mistakes": mistakes,
    "layers": layers,
    "environment": environment,
}
