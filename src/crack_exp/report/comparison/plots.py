"""All plots of a comparison.

To add one, write a function `(Comparison) -> Figure`, which returns None where there is nothing to show, and add it to
COMPARISON_PLOTS. The first line of its docstring is the alternative text on the page.
"""

from collections.abc import Callable

from matplotlib.figure import Figure

from crack_exp.report.comparison.confusion_matrices import confusion_matrices
from crack_exp.report.comparison.curves import curves
from crack_exp.report.comparison.quality_and_cost import quality_and_cost
from crack_exp.report.comparison.tables import Comparison

COMPARISON_PLOTS: dict[str, Callable[[Comparison], Figure | None]] = {
    "confusion_matrices": confusion_matrices,
    "curves": curves,
    "quality_and_cost": quality_and_cost,
}
