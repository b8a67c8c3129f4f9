"""The sections of a run's page, one file each: functions `(RunReport) -> Section`, None where there is nothing to show.

To add one, write its function and its line in SECTIONS, at the place where it is to stand.
"""

from collections.abc import Callable

from crack_exp.report.run_report import RunReport
from crack_exp.report.section import Section
from crack_exp.report.sections.asked import asked
from crack_exp.report.sections.data import data
from crack_exp.report.sections.environment import environment
from crack_exp.report.sections.groups import groups
from crack_exp.report.sections.layers import layers
from crack_exp.report.sections.mistakes import mistakes
from crack_exp.report.sections.training import training
from crack_exp.report.sections.verdict import verdict

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
