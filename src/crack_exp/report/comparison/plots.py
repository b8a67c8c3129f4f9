"""All plots of a comparison.

To add one, write a function `(Ranking) -> Figure`, which returns None where there is nothing to show, add it to
COMPARISON_PLOTS, and place it in a section of the page. The first line of its docstring is the alternative text.
"""

from collections.abc import Callable

from matplotlib.figure import Figure

from crack_exp.report.comparison.content import Ranking
from crack_exp.report.comparison.curves import curves
from crack_exp.report.comparison.intervals import intervals
from crack_exp.report.comparison.matrices import classes, decisions
from crack_exp.report.comparison.quality_and_cost import quality_and_cost

COMPARISON_PLOTS: dict[str, Callable[[Ranking], Figure | None]] = {
    "intervals": intervals,
    "decisions": decisions,
    "classes": classes,
    "quality_and_cost": quality_and_cost,
    "curves": curves,
}
