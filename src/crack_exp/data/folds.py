"""Cross-validation: which fold of the images is the test split."""

import re
from dataclasses import dataclass

from crack_exp.system.errors import UserError, shown


@dataclass(frozen=True)
class Fold:
    """Fold `number`, from 1, of `of` folds; each fold is the test split once. Written "2/5"."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> "Fold":
        """The fold that `text` describes. Raises UserError for anything but "k/n" with 1 <= k <= n and n >= 2."""
        parts = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        fold = cls(int(parts[1]), int(parts[2])) if parts else cls(0, 0)
        if not 1 <= fold.number <= fold.of or fold.of < 2:
            raise UserError(f"data.fold={shown(text)}: must be k/n, the k-th of n folds, e.g. data.fold=1/5")
        return fold
