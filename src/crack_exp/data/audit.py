"""Finds problems in the files of a data set before training. The user's files are never changed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from crack_exp.data.decoding import MAX_MEGAPIXELS, NO_VALUE_ABOVE, NOTES, WHITE_LEVEL
from crack_exp.data.examples import SPLIT_NAMES, Example
from crack_exp.data.file_check import FileFacts, check_files
from crack_exp.system.csv_files import write_csv
from crack_exp.system.errors import UserError, quoted, some_of

TWO_LABELS = "one content under two labels"
MAX_SIZES = 3
CROSSES_SPLITS = "copy crosses given splits"


@dataclass(frozen=True)
class DatasetEntry:
    """Name, label and group of a file in its data set."""

    name: str
    label: str
    group: str


@dataclass(frozen=True)
class Finding(FileFacts, DatasetEntry):
    """A file of the data set with the results of its check; `problem` or `note` also mentions copies."""


@dataclass(frozen=True)
class Audit:
    """One finding per example, in their order."""

    findings: list[Finding]

    @property
    def contents(self) -> dict[str, str]:
        """The sha256 of each file that can be used, by its name."""
        return {finding.name: finding.sha256 for finding in self.findings if not finding.problem}

    @property
    def problems(self) -> list[Finding]:
        """The findings of unusable files."""
        return [finding for finding in self.findings if finding.problem]


def audit(
    examples: Sequence[Example],
    cache: Path | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    white_level: int = WHITE_LEVEL,
) -> Audit:
    """Read and decode every file completely, and compare their bytes.

    Problems are: a file that is not a complete image; files with the same content and different labels; with given
    splits, a training image that is a copy of a validation or test image, and a validation image that is a copy of a
    test image. Other copies are only noted, since a split keeps them together.
    cache: folder of the audit cache, so that the next audit does not decode these files again; None for no cache.
    max_megapixels: a larger image is a problem, too; white_level: the value of 16-bit grey images that is white.
    """
    seen = check_files([example.path for example in examples], cache, max_megapixels, white_level)
    findings = [
        Finding(example.name, example.label, example.group, **asdict(what))
        for example, what in zip(examples, seen, strict=True)
    ]
    return Audit(_compare(examples, findings))


def usable(audit: Audit, examples: Sequence[Example], on_bad_image: str) -> list[Example]:
    """The examples without a problem.

    on_bad_image: "error" raises UserError with the first problems and their count; "skip" leaves those files out, and
    raises UserError only if a class would have no images left.
    """
    assert on_bad_image in ("error", "skip")
    problems = audit.problems
    if problems and on_bad_image == "error":
        named = [f"{finding.name} ({finding.problem})" for finding in problems]
        raise UserError(
            f"data.on_bad_image: 'error' stops at {len(problems):,} of {len(examples):,} images that cannot "
            f"be used: {some_of(named)}; repair or remove them, or leave them out by data.on_bad_image=skip"
        )
    bad = {finding.name for finding in problems}
    good = [example for example in examples if example.name not in bad]
    lost = sorted({example.label for example in examples} - {example.label for example in good})
    if lost:
        raise UserError(
            f"data.on_bad_image: skip leaves no image of {', '.join(map(quoted, lost))}; repair "
            "its files (see audit.csv), or remove the class"
        )
    return good


def summary(audit: Audit) -> list[str]:
    """A summary of the audit in a few lines of text."""
    fine = [finding for finding in audit.findings if not finding.problem]
    labels = Counter(finding.label for finding in audit.findings)
    counts = ", ".join(f"{label} {count:,}" for label, count in sorted(labels.items()))
    lines = [f"{len(audit.findings):,} images, {len(labels)} classes: {counts}"]
    lines += _lines_on_sizes(fine) + _lines_on_copies(fine) + _lines_on_problems(audit.problems)
    return lines


def write_audit(audit: Audit, path: Path) -> None:
    """Write one line per file as CSV: problems first, then notes, then the rest, each sorted by name."""
    ordered = sorted(audit.findings, key=lambda found: (not found.problem, not found.note, found.name))
    write_csv(ordered, path)


def _lines_on_sizes(fine: list[Finding]) -> list[str]:
    """The most frequent image sizes, and the notes on how images are read."""
    sizes = Counter(f"{finding.width_px} x {finding.height_px} px" for finding in fine)
    lines = [f"{size}: {count:,}" for size, count in sizes.most_common(MAX_SIZES)]
    if len(sizes) > MAX_SIZES:
        lines.append(f"{len(sizes) - MAX_SIZES:,} more sizes")
    notes = Counter(note for finding in fine for note in finding.note.split(", ") if note in NOTES)
    return lines + [f"{note}: {count:,}" for note, count in notes.most_common()] + _lines_on_white(fine)


def _lines_on_white(fine: list[Finding]) -> list[str]:
    """The white level that fits, where every 16-bit image is dark: one bright image shows that they have 16 bits."""
    deep = [finding.note for finding in fine if "16-bit" in finding.note]
    ends = [int(note.partition(NO_VALUE_ABOVE)[2]) for note in deep if NO_VALUE_ABOVE in note]
    if not ends or len(ends) < len(deep):
        return []
    white = max(ends)
    return [f"no value of the 16-bit images is above {white}: if this is white, set data.white_level={white}"]


def _lines_on_copies(fine: list[Finding]) -> list[str]:
    copies = [count for count in Counter(finding.sha256 for finding in fine).values() if count > 1]
    if not copies:
        return []
    return [f"{sum(copies):,} files are byte copies of one another, in {len(copies):,} groups"]


def _lines_on_problems(problems: list[Finding]) -> list[str]:
    """Each kind of problem with its count and its first file."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for finding in problems:
        kinds[finding.problem.split(":")[0].split(" (")[0]].append(finding.name)
    return [
        f"{len(names):,} cannot be used, {kind}: {names[0]}{', ...' if len(names) > 1 else ''}"
        for kind, names in sorted(kinds.items())
    ]


def _compare(examples: Sequence[Example], findings: list[Finding]) -> list[Finding]:
    """The findings, with problems and notes about files that hold the same bytes."""
    same: dict[str, list[Example]] = defaultdict(list)
    for example, finding in zip(examples, findings, strict=True):
        same[finding.sha256].append(example)
    return [
        finding if finding.problem else _with_copies(finding, example, same[finding.sha256])
        for example, finding in zip(examples, findings, strict=True)
    ]


def _with_copies(finding: Finding, example: Example, copies: list[Example]) -> Finding:
    other = next((copy for copy in copies if copy.label != example.label), None)
    if other:
        return replace(finding, problem=f"{TWO_LABELS}: {other.name} is {quoted(other.label)}")
    strictest = max(copies, key=_rank)
    if _rank(strictest) > _rank(example):
        return replace(finding, problem=f"{CROSSES_SPLITS}: {strictest.name} is in {strictest.given_split}")
    first = next(copy for copy in copies if copy.given_split == example.given_split)
    if first is example:
        return finding
    return replace(finding, note=", ".join(filter(None, (finding.note, f"copy of {first.name}"))))


def _rank(example: Example) -> int:
    """The index of the given split in SPLIT_NAMES (training, validation, test); 0 without a given split."""
    return SPLIT_NAMES.index(example.given_split) if example.given_split else 0
