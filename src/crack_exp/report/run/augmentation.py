"""What random changes make of training images: too much shows at a glance."""

from matplotlib.figure import Figure

from crack_exp.report.run.report import RunReport
from crack_exp.report.style import INK, label, new_figure, thumbnail
from crack_exp.report.wording import counted


def augmentation(report: RunReport) -> Figure | None:
    """A training image a column: as it is, and below as it is seen in epochs. None without augmentation."""
    if not report.augmented:
        return None
    columns, epochs = len(report.augmented), len(report.augmented[0]) - 1
    subtitle = f"{counted(columns, 'training image')}, as read and as {counted(epochs, 'epoch')} may see them"
    figure = new_figure(1.2 + 1.45 * columns, 1.5 * (1 + epochs), "Augmentation of training images", subtitle)
    grid = figure.subplots(1 + epochs, columns, squeeze=False)
    for column, images in enumerate(report.augmented):
        for row, image in enumerate(images):
            axes = grid[row, column]
            axes.imshow(thumbnail(image))
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
            if column == 0:
                label(axes, "", f"epoch {row}" if row else "as read")
                axes.yaxis.label.set_color(INK)
    return figure
