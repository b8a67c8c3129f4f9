"""The layers of the network."""

from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Section, Table


def layers(report: RunReport) -> Section:
    """Shape and parameters of each layer, and the number that each phase trains."""
    first = report.layers[0]
    names = {"name": "layer", "kind": "kind", "output_shape": "output", "parameters": "parameters"}
    columns = [names.get(column, column.replace("trainable_", "trained: ").replace("_", "-")) for column in first]
    rows = [[_written(value) for value in layer.values()] for layer in report.layers]
    total = ["total", "", "", *(f"{_total(report, column):,}" for column in list(first)[3:])]
    return Section(
        "Network",
        [Table(columns, [total]), Table(columns, rows, fold=f"all {len(rows)} layers")],
    )


def _total(report: RunReport, column: str) -> int:
    return sum(int(layer[column]) for layer in report.layers)


def _written(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value
