"""What stands at the top of a page: warnings, doubts and key figures."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class KeyFigure:
    """'97.3 %', '96.1 to 98.2 %', 'accuracy'."""

    value: str
    interval: str
    meaning: str


@dataclass(frozen=True)
class Headline:
    """A sentence, and the key figures beside it.

    banner: what nobody may overlook, above all else; "" for none.
    doubts: a sentence on each reason to trust the figures less, with its remedy.
    """

    text: str
    figures: Sequence[KeyFigure]
    banner: str = ""
    doubts: Sequence[str] = ()
