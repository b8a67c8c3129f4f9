"""Augmented training images, which show whether the augmentation is too strong."""

from matplotlib.figure import Figure

from crack_exp.report.numbers import counted
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import INK, label, new_figure, thumbnail


def augmentation(report: RunReport) -> Figure | None:
    """A column per training image: the original, and below it the augmented versions. None without augmentation."""
    augmented = report.augmented()
    if not augmented:
        return None
    columns, epochs = len(augmented), len(augmented[0]) - 1
    subtitle = f"{counted(columns, 'training image')}, originals and examples from {counted(epochs, 'epoch')}"
    figure = new_figure(1.2 + 1.45 * columns, 1.5 * (1 + epochs), "Augmentation of training images", subtitle)
    grid = figure.subplots(1 + epochs, columns, squeeze=False)
    for column, images in enumerate(augmented):
        for row, image in enumerate(images):
            axes = grid[row, column]
            axes.imshow(thumbnail(image))
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
            if column == 0:
                label(axes, "", f"epoch {row}" if row else "original")
                axes.yaxis.label.set_color(INK)
    return figure
