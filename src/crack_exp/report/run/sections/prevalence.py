"""What the test results mean on walls with fewer cracks than the test images."""

from crack_exp.evaluation.prevalence import ALWAYS, NEVER, Detector, Workload, detector_of, shares_shown, workload
from crack_exp.report.numbers import Interval, in_full, percent, percent_between
from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Section, Table, Text

UNKNOWN = "–"
COLUMNS = (
    *("cracked images", "called cracked", "of them intact (false alarms)", "cracks missed"),
    *("alarms that are cracks (precision, %)", "alarms to look at for each crack found"),
)
WITHOUT = ("without a model", "all called cracked: false alarms", "alarms for each crack", "none: cracks missed")


def prevalence(report: RunReport) -> Section | None:
    """False alarms and work where cracks are rare, beside doing without a model; None without a threshold."""
    detector = detector_of(report.test)
    if detector is None:
        return None
    cracked = percent(float(report.test.predictions.is_crack.mean()))
    text = (
        f"{cracked} % of the test images show cracks; on most walls, far fewer do. Recall and false alarm rate stay, "
        "precision falls. Expected for each 100 images:"
    )
    shares = shares_shown(report.prevalence)
    rows = [_row(_name(share, report), workload(detector, share)) for share in shares]
    without = [_without(_name(share, report), share) for share in shares]
    tables = Table(COLUMNS, rows, note=_note(report, detector)), Table(WITHOUT, without)
    return Section("Where cracks are rare", [Text(text), *tables])


def prevalence_line(report: RunReport) -> str:
    """The same for the console, at the share that was stated; "" where none was, or there is no threshold."""
    detector = detector_of(report.test)
    if report.prevalence is None or detector is None:
        return ""
    at = workload(detector, report.prevalence)
    if at.precision is None:
        return f"With {share_text(report.prevalence)} cracks, no image is expected to be called cracked."
    return (
        f"With {share_text(report.prevalence)} cracks, {percent(at.alarms / 100)} of 100 images are called cracked, "
        f"{percent(at.false_alarms / 100)} of them by false alarm; {_share(at)} % of the alarms are cracks."
    )


def share_text(share: float) -> str:
    """'1 %', '2.5 %'."""
    return f"{in_full(round(100 * share, 6))} %"


def _name(share: float, report: RunReport) -> str:
    return share_text(share) + (", as stated" if share == report.prevalence else "")


def _row(name: str, at: Workload) -> tuple[str, ...]:
    per_crack = UNKNOWN if at.images_per_crack is None else f"{at.images_per_crack:,.1f}"
    if at.images_per_crack_interval:
        per_crack += f" ({at.images_per_crack_interval[0]:,.1f} to {at.images_per_crack_interval[1]:,.1f})"
    return (
        name,
        percent(at.alarms / 100),
        _of_100(at.false_alarms, at.false_alarms_interval),
        _of_100(at.missed, at.missed_interval),
        _share(at),
        per_crack,
    )


def _without(name: str, share: float) -> tuple[str, ...]:
    """What every image, or none, called cracked would give."""
    every, none = workload(ALWAYS, share), workload(NEVER, share)
    return name, percent(every.false_alarms / 100), f"{every.images_per_crack:,.1f}", percent(none.missed / 100)


def _of_100(images: float, interval: Interval | None) -> str:
    written = percent(images / 100)
    return f"{written} ({percent_between((interval[0] / 100, interval[1] / 100))})" if interval else written


def _share(at: Workload) -> str:
    if at.precision is None:
        return UNKNOWN
    written = percent(at.precision)
    return f"{written} ({percent_between(at.precision_interval)})" if at.precision_interval else written


def _note(report: RunReport, detector: Detector) -> str:
    known = detector.recall_interval and detector.false_alarm_interval
    between = (
        "In brackets: the figure where recall and false alarm rate are at the ends of their intervals."
        if known
        else "Without intervals of recall and false alarm rate, it is unknown how far other images may differ."
    )
    stated = "" if report.prevalence else " evaluation.prevalence=0.02 adds a row for your own share."
    return f"Assumed: cracks and intact places there are as hard as those of the test images. {between}{stated}"
