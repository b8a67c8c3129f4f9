"""Which of several runs learned from paintings, for the banner of a page that shows them."""

from collections.abc import Iterable

from crack_exp.data.sources.sources import PAINTED
from crack_exp.report.painted import banner_of_images
from crack_exp.run_files.names import DATA_SOURCE
from crack_exp.tracking.finished_run import FinishedRun


def banner_of_runs(runs: Iterable[FinishedRun]) -> str:
    """The banner of a page on these runs; "" where none is of paintings."""
    return banner_of_images(*(run.params.get(DATA_SOURCE) == PAINTED for run in runs))
