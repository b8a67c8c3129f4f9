"""Finds problems in the files of a data set before training. The user's files are never changed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from crack_exp.data.decoding import MAX_MEGAPIXELS, NO_VALUE_ABOVE, NOTES, WHITE_LEVEL
from crack_exp.data.examples import SPLIT_NAMES, Example, PathsOf
from crack_exp.data.file_check import FileFacts, check_files
from crack_exp.system.csv_files import write_csv
from crack_exp.system.errors import UserError, quoted, some_of

TWO_LABELS = "one content under two labels"
MAX_SIZES = 3
CROSSES_SPLITS = "copy crosses given splits"


@dataclass(frozen=True, slots=True)
class Finding:
    """An image of the data set with the results of its check; their `problem` or `note` also mentions copies."""

    example: Example
    facts: FileFacts


@dataclass(frozen=True)
class Audit:
    """One finding per example, in their order."""

    findings: list[Finding]

    @property
    def contents(self) -> dict[str, str]:
        """The sha256 of each file that can be used, by its name."""
        return {found.example.name: found.facts.sha256 for found in self.findings if not found.facts.problem}

    @property
    def problems(self) -> list[Finding]:
        """The findings of unusable files."""
        return [found for found in self.findings if found.facts.problem]


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
    seen = check_files(PathsOf(examples), cache, max_megapixels, white_level)
    return Audit(_compare([Finding(example, facts) for example, facts in zip(examples, seen, strict=True)]))


def usable(audit: Audit, examples: Sequence[Example], on_bad_image: str) -> list[Example]:
    """The examples without a problem.

    on_bad_image: "error" raises UserError with the first problems and their count; "skip" leaves those files out, and
    raises UserError only if a class would have no images left.
    """
    assert on_bad_image in ("error", "skip")
    problems = audit.problems
    if problems and on_bad_image == "error":
        named = [f"{found.example.name} ({found.facts.problem})" for found in problems]
        raise UserError(
            f"data.on_bad_image: 'error' stops at {len(problems):,} of {len(examples):,} images that cannot "
            f"be used: {some_of(named)}; repair or remove them, or leave them out by data.on_bad_image=skip"
        )
    bad = {found.example.name for found in problems}
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
    fine = [found.facts for found in audit.findings if not found.facts.problem]
    labels = Counter(found.example.label for found in audit.findings)
    counts = ", ".join(f"{label} {count:,}" for label, count in sorted(labels.items()))
    lines = [f"{len(audit.findings):,} images, {len(labels)} classes: {counts}"]
    lines += _lines_on_sizes(fine) + _lines_on_copies(fine) + _lines_on_problems(audit.problems)
    return lines


def write_audit(audit: Audit, path: Path) -> None:
    """Write one line per file as CSV: problems first, then notes, then the rest, each sorted by name."""
    ordered = sorted(
        audit.findings, key=lambda found: (not found.facts.problem, not found.facts.note, found.example.name)
    )
    write_csv(map(_row, ordered), path)


def _row(finding: Finding) -> dict[str, object]:
    example = finding.example
    return {"name": example.name, "label": example.label, "group": example.group, **asdict(finding.facts)}


def _lines_on_sizes(fine: list[FileFacts]) -> list[str]:
    """The most frequent image sizes, and the notes on how images are read."""
    sizes = Counter(f"{facts.width_px} x {facts.height_px} px" for facts in fine)
    lines = [f"{size}: {count:,}" for size, count in sizes.most_common(MAX_SIZES)]
    if len(sizes) > MAX_SIZES:
        lines.append(f"{len(sizes) - MAX_SIZES:,} more sizes")
    notes = Counter(note for facts in fine for note in facts.note.split(", ") if note in NOTES)
    return lines + [f"{note}: {count:,}" for note, count in notes.most_common()] + _lines_on_white(fine)


def _lines_on_white(fine: list[FileFacts]) -> list[str]:
    """The white level that fits, where every 16-bit image is dark: one bright image shows that they have 16 bits."""
    deep = [facts.note for facts in fine if "16-bit" in facts.note]
    ends = [int(note.partition(NO_VALUE_ABOVE)[2]) for note in deep if NO_VALUE_ABOVE in note]
    if not ends or len(ends) < len(deep):
        return []
    white = max(ends)
    return [f"no value of the 16-bit images is above {white}: if this is white, set data.white_level={white}"]


def _lines_on_copies(fine: list[FileFacts]) -> list[str]:
    copies = [count for count in Counter(facts.sha256 for facts in fine).values() if count > 1]
    if not copies:
        return []
    return [f"{sum(copies):,} files are byte copies of one another, in {len(copies):,} groups"]


def _lines_on_problems(problems: list[Finding]) -> list[str]:
    """Each kind of problem with its count and its first file."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for found in problems:
        kinds[found.facts.problem.split(":")[0].split(" (")[0]].append(found.example.name)
    return [
        f"{len(names):,} cannot be used, {kind}: {names[0]}{', ...' if len(names) > 1 else ''}"
        for kind, names in sorted(kinds.items())
    ]


def _compare(findings: list[Finding]) -> list[Finding]:
    """The findings, with problems and notes about files that hold the same bytes."""
    count = Counter(found.facts.sha256 for found in findings)
    same: dict[str, list[Example]] = defaultdict(list)
    for found in findings:
        if count[found.facts.sha256] > 1:
            same[found.facts.sha256].append(found.example)
    copies = {sha256: Copies.of(examples) for sha256, examples in same.items()}
    return [
        Finding(found.example, copies[found.facts.sha256].noted(found))
        if found.facts.sha256 in copies and not found.facts.problem
        else found
        for found in findings
    ]


@dataclass(frozen=True)
class Copies:
    """Examples whose files hold the same bytes: the first one of each label and of each given split.

    strictest: the first one of the split that must be kept apart most, see `_rank`.
    """

    by_label: dict[str, Example]
    by_split: dict[str | None, Example]
    strictest: Example

    @classmethod
    def of(cls, examples: list[Example]) -> "Copies":
        last_to_first = examples[::-1]
        return cls(
            by_label={example.label: example for example in last_to_first},
            by_split={example.given_split: example for example in last_to_first},
            strictest=max(examples, key=_rank),
        )

    def noted(self, finding: Finding) -> FileFacts:
        """The facts of one of these files, with what its copies mean for it."""
        example, facts = finding.example, finding.facts
        other = next((copy for label, copy in self.by_label.items() if label != example.label), None)
        if other:
            return replace(facts, problem=f"{TWO_LABELS}: {other.name} is {quoted(other.label)}")
        if _rank(self.strictest) > _rank(example):
            return replace(facts, problem=f"{CROSSES_SPLITS}: {self.strictest.name} is in {self.strictest.given_split}")
        first = self.by_split[example.given_split]
        if first is example:
            return facts
        return replace(facts, note=", ".join(filter(None, (facts.note, f"copy of {first.name}"))))


def _rank(example: Example) -> int:
    """The index of the given split in SPLIT_NAMES (training, validation, test); 0 without a given split."""
    return SPLIT_NAMES.index(example.given_split) if example.given_split else 0
