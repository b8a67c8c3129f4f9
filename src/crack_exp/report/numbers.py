"""How numbers are written: one rule for the console, pages, plots and notes.

Shares of images and probabilities of a class are percent with one decimal: '97.6 %'. All other figures (AUROC, F1,
average precision, crack score) have three decimals, '0.976'; a loss has four, because epochs and trials are ranked by
it. A difference has one digit more, because it is small beside both figures. Only an exact 0 or 1 is written as one,
else '<0.1' and '>99.9', '<0.001' and '>0.999'.
A number that a person set is written in full, as it can be typed: 0.00001, never 1e-05.
"""

import math

Interval = tuple[float, float]

SHARES = frozenset(
    ("accuracy", "recall", "precision", "crack_recall", "crack_precision")
    + ("recall_at_threshold", "precision_at_threshold", "false_alarm_rate_at_threshold")
)
"""Metrics that are shares of images; 'recall/hairline', of a class, is one as well."""

DECIMALS = 3
DECIMALS_OF = {"loss": 4}
SMALLEST_IN_FULL = 1e-9
SMALLEST_P = 0.001


def is_share(metric: str) -> bool:
    """Whether `metric` is written in percent."""
    return metric.partition("/")[0] in SHARES


def decimals_of(metric: str) -> int:
    """Of a metric that is no share."""
    return DECIMALS_OF.get(metric, DECIMALS)


def figure_text(metric: str, value: float) -> str:
    """'97.6 %' for a share, '0.976' for any other metric."""
    return f"{percent(value)} %" if is_share(metric) else decimal(value, decimals_of(metric))


def interval_text(metric: str, interval: Interval) -> str:
    """'96.1 to 98.2 %' for a share, '0.961 to 0.982' for any other metric."""
    return f"{percent_between(interval)} %" if is_share(metric) else decimal_between(interval, decimals_of(metric))


def with_interval(metric: str, value: float, interval: Interval | None) -> str:
    """'97.6 % (96.1 to 98.2 %)', '0.976 (0.961 to 0.982)'; the value alone without an interval."""
    written = figure_text(metric, value)
    return written if interval is None else f"{written} ({interval_text(metric, interval)})"


def difference_text(metric: str, value: float) -> str:
    """'+1.23 points' (of percent) for a share, '+0.0123' for any other metric."""
    return f"{_signed(100 * value, 2)} points" if is_share(metric) else _signed(value, decimals_of(metric) + 1)


def difference_between(metric: str, interval: Interval) -> str:
    """'-0.31 to +2.77 points', '-0.0031 to +0.0277'."""
    if is_share(metric):
        return f"{_signed(100 * interval[0], 2)} to {_signed(100 * interval[1], 2)} points"
    digits = decimals_of(metric) + 1
    return f"{_signed(interval[0], digits)} to {_signed(interval[1], digits)}"


def percent(share: float) -> str:
    """'97.6' for a share in [0, 1]; '0.0' and '100.0' are exact."""
    written = f"{100 * share:.1f}"
    if written == "0.0" and share > 0:
        return "<0.1"
    return ">99.9" if written == "100.0" and share < 1 else written


def percent_between(interval: Interval) -> str:
    """'96.1 to 98.2'."""
    return f"{percent(interval[0])} to {percent(interval[1])}"


def decimal(value: float, digits: int = DECIMALS) -> str:
    """'0.976', '1.386'; '0.000' and '1.000' are exact."""
    written, smallest = f"{value:.{digits}f}", 10**-digits
    if value and float(written) == 0:
        return f"<{smallest:.{digits}f}" if value > 0 else f">-{smallest:.{digits}f}"
    return f">{1 - smallest:.{digits}f}" if float(written) == 1 and value < 1 else written


def decimal_between(interval: Interval, digits: int = DECIMALS) -> str:
    """'0.961 to 0.982'."""
    return f"{decimal(interval[0], digits)} to {decimal(interval[1], digits)}"


def p_text(p: float) -> str:
    """'0.034', '<0.001'."""
    return f"{p:.3f}" if p >= SMALLEST_P else f"<{SMALLEST_P:g}"


def threshold_text(threshold: float) -> str:
    """A threshold of the crack score with as many digits as tell it from 0 and 1: '0.5', '0.0312', '0.99997'."""
    nearest = min(threshold, 1 - threshold)
    digits = DECIMALS if nearest <= 0 else max(DECIMALS, 2 - math.floor(math.log10(nearest)))
    return _without_zeros(f"{threshold:.{digits}f}")


def in_full(number: float) -> str:
    """A number that a person set, in full and as it can be typed: '0.00001', '3'; below 1e-9 '1e-12'."""
    written = repr(number)
    if "e" not in written:
        return written.removesuffix(".0")
    mantissa, _, exponent = written.partition("e")
    if not SMALLEST_IN_FULL <= abs(number) < 1 / SMALLEST_IN_FULL:
        return f"{mantissa}e{int(exponent)}"
    return _without_zeros(f"{number:.{len(mantissa) - int(exponent)}f}")


def typed_in_full(text: str) -> str:
    """The text of a setting, with a number such as '1e-05' in full; any other text unchanged."""
    try:
        number = float(text)
    except ValueError:
        return text
    return in_full(number) if "e" in text.lower() and math.isfinite(number) else text


def seconds_text(seconds: float) -> str:
    """'0.4 s', '36 s', '1,204 s'."""
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:,.0f} s"


def counted(count: int, noun: str) -> str:
    """'1 error', '1,008 errors'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _signed(value: float, decimals: int) -> str:
    """'+0.0123'; '0.0000' is exact, what rounds to it is '<0.0001' or '>-0.0001'."""
    written, smallest = f"{value:+.{decimals}f}", f"{10**-decimals:.{decimals}f}"
    if float(written):
        return written
    return written[1:] if not value else f"<{smallest}" if value > 0 else f">-{smallest}"


def _without_zeros(written: str) -> str:
    return written.rstrip("0").rstrip(".") if "." in written else written
