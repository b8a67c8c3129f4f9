"""Key figures, which stand at the top of a page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KeyFigure:
    """'97.3 %', '96.1 to 98.2 %', 'accuracy'."""

    value: str
    interval: str
    meaning: str


@dataclass(frozen=True)
class Headline:
    """A sentence, and the key figures beside it."""

    text: str
    figures: list[KeyFigure]
