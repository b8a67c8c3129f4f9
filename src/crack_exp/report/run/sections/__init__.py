"""The sections of a run's page, one file each: functions `(RunReport) -> Section`, None where a section does not apply.

To add one, write its function and add it to SECTIONS at its position on the page.
"""

from collections.abc import Callable

from crack_exp.report.run.content import RunReport
from crack_exp.report.run.sections.calibration import calibration
from crack_exp.report.run.sections.data import data
from crack_exp.report.run.sections.environment import environment
from crack_exp.report.run.sections.groups import groups
from crack_exp.report.run.sections.layers import layers
from crack_exp.report.run.sections.misclassified import misclassified
from crack_exp.report.run.sections.prevalence import prevalence
from crack_exp.report.run.sections.results import results
from crack_exp.report.run.sections.settings import settings
from crack_exp.report.run.sections.training import training
from crack_exp.report.section import Section

SECTIONS: dict[str, Callable[[RunReport], Section | None]] = {
    "settings": settings,
    "data": data,
    "training": training,
    "results": results,
    "prevalence": prevalence,
    "groups": groups,
    "calibration": calibration,
    "misclassified": misclassified,
    "layers": layers,
    "environment": environment,
}
