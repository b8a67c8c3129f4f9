"""The images: numbers, findings and examples."""

from crack_exp.report.numbers import counted
from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Lines, Part, Picture, Section, Table, Text, Thumbnail, Thumbnails
from crack_exp.report.style import thumbnail


def data(report: RunReport) -> Section:
    """Number of images of each class and split, findings of the audit, and example images."""
    parts: list[Part] = [_counts(report), Text("Check of all image files:"), Lines(report.audit)]
    for class_name, names in report.samples.items():
        parts += [Text(f"{class_name}, {counted(len(names), 'training image')} evenly spaced in the list of names:")]
        alts = [f"{class_name}: {name}" for name in names]
        images = [thumbnail(report.read_image(name)) for name in names]
        parts += [Thumbnails([Thumbnail(image, [], alt=alt) for image, alt in zip(images, alts, strict=True)])]
    parts += [Picture("augmentation", "Training images before and after augmentation.")]
    return Section("Data", parts)


def _counts(report: RunReport) -> Table:
    splits = report.class_counts
    of_class = [[counts.get(name, 0) for counts in splits.values()] for name in report.test.predictions.class_names]
    named = list(zip(report.test.predictions.class_names, of_class, strict=True))
    named.append(("all images", [sum(column) for column in zip(*of_class, strict=True)]))
    rows = [(name, *(f"{count:,}" for count in counts), f"{sum(counts):,}") for name, counts in named]
    if not report.groups_known:
        return Table(["", *splits, "total"], rows)
    groups = [report.group_counts[split] for split in splits]
    rows.append(("groups (photos, walls)", *(f"{count:,}" for count in groups), f"{sum(groups):,}"))
    return Table(["", *splits, "total"], rows, note="No group is in two splits.")
