"""What came of the images of a prediction, from its rows."""

import heapq
from collections.abc import Iterable

from crack_exp.data.decoding import CLIPPED, DARK
from crack_exp.report.predict.content import PredictionSummary, Row

MUCH_LARGER = 3
"""From so many times the training images' side on, a crack is too thin when the whole image is resized."""

MAX_NAMED = 50


def summed_up(rows: Iterable[Row], tile_px: int, shown: int) -> PredictionSummary:
    """In one pass; tile_px: typical side of the training images; shown: how many of the surest to keep."""
    images = cracked = 0
    unread, large, misexposed, surest = _First(), _First(), _First(), _Highest(shown)
    for row in rows:
        images += 1
        if row["problem"]:
            unread.add(row)
            continue
        cracked += row["is_crack"]
        surest.add(row)
        if min(row["width_px"], row["height_px"]) >= MUCH_LARGER * tile_px:
            large.add(row)
        if DARK in row["note"] or CLIPPED in row["note"]:
            misexposed.add(row)
    return PredictionSummary(
        images=images,
        cracked=cracked,
        unread=unread.count,
        large=large.count,
        misexposed=misexposed.count,
        surest=surest.rows,
        unread_rows=unread.rows,
        large_rows=large.rows,
        misexposed_rows=misexposed.rows,
    )


class _First:
    """The first MAX_NAMED rows, and the number of all."""

    def __init__(self) -> None:
        self.count = 0
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        self.count += 1
        if len(self.rows) < MAX_NAMED:
            self.rows.append(row)


class _Highest:
    """The rows with the highest crack scores, of equal ones the first."""

    def __init__(self, most: int) -> None:
        self._most, self._added = most, 0
        self._kept: list[tuple[float, int, Row]] = []

    def add(self, row: Row) -> None:
        self._added += 1
        heapq.heappush(self._kept, (row["crack_score"], -self._added, row))
        if len(self._kept) > self._most:
            heapq.heappop(self._kept)

    @property
    def rows(self) -> list[Row]:
        """The highest score first."""
        return [row for *_, row in sorted(self._kept, key=lambda kept: kept[:2], reverse=True)]
