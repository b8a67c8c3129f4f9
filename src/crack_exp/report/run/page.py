"""The page of a run, report.html."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from crack_exp.report.page import write_sections
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.headline import headline
from crack_exp.report.run.sections import SECTIONS
from crack_exp.report.section import Picture, Section
from crack_exp.system.best_effort import BestEffort


def write_page(report: RunReport, plots: Sequence[Path], path: Path, effort: BestEffort) -> None:
    """Write the sections of SECTIONS that apply to the run, and can be made, as one HTML file.

    plots: the files from `write_plots`.
    """
    pictures = {plot.stem: plot for plot in plots}
    sections = []
    for name, make in SECTIONS.items():
        with effort.part(name):
            if (section := make(report)) is not None:
                sections.append(_with_existing_plots(section, pictures))
    write_sections(report.title, headline(report), sections, pictures, path)


def _with_existing_plots(section: Section, drawn: Mapping[str, Path]) -> Section:
    """The section without those plots that were not drawn."""
    return Section(
        section.title,
        [part for part in section.parts if not isinstance(part, Picture) or part.plot in drawn],
    )
