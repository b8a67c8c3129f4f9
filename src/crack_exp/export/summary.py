"""What ends an export: a table of its agreement with the model, and the command that uses the file."""

from pathlib import Path

from crack_exp.config import ExportConfig
from crack_exp.config.deployed_schema import Tolerance
from crack_exp.export.agreement import Agreement
from crack_exp.report.console import as_text, console_table
from crack_exp.system.printed import shell_command


def summary_text(agreement: Agreement, resizing: Agreement | None, size_mb: float, config: ExportConfig) -> str:
    """A row for Keras, one for the exported file, and one for its own resizing where it has that."""
    allowed: Tolerance = getattr(config.tolerance, config.quantize)
    table = console_table(
        f"Allowed: a difference of {allowed.probability:g}, {100 * allowed.changed:g} % changed decisions.\n"
        "Images/s: measured just now on this machine, without reading files."
    )
    table.add_column("", no_wrap=True)
    for heading in ("largest\ndifference", "changed\ndecisions", "MB", "images/s", "images\nat once"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_row("the model in Keras", "", "", "", _rate(agreement.own_images_per_s), str(config.batch_size))
    name = config.format + ("" if config.quantize == "none" else f", {config.quantize}")
    table.add_row(name, *_cells(agreement), f"{size_mb:.2f}", _rate(agreement.images_per_s), str(config.batch_size))
    if resizing:
        table.add_row(f"{name}, resizing itself", *_cells(resizing), "", _rate(resizing.images_per_s), "1")
    return as_text(table)


def next_command(name: str, folder: Path) -> str:
    """The example that uses the file, with nothing of this package."""
    return shell_command(["python", f"examples/exported_{name}.py", str(folder), "photo.jpg"])


def _cells(agreement: Agreement) -> tuple[str, str]:
    return f"{agreement.largest_difference:.1g}", f"{agreement.changed:,} of {agreement.images:,}"


def _rate(images_per_s: float) -> str:
    return f"{images_per_s:,.0f}"
