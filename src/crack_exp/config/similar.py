"""What was meant by the name of a setting that does not exist."""

from collections.abc import Sequence
from difflib import get_close_matches

SAME = {
    "lr": "learning_rate",
    "wd": "weight_decay",
    "bs": "batch_size",
    "batch": "batch_size",
    "imgsz": "image_size_px",
    "patience": "early_stopping_patience",
}
"""What other programs call a setting, and its last word here."""

MOST = 3


def similar(key: str, known: Sequence[str]) -> list[str]:
    """Those of the `known` settings that `key` may mean, at most three, the likeliest first.

    The same last word elsewhere; else one spelled alike in the same part; else one spelled alike anywhere.
    """
    key = key.lower().replace("-", "_")
    part, _, typed = key.rpartition(".")
    word = SAME.get(typed, typed)
    if same := [one for one in known if one == key or one.rpartition(".")[2] == word]:
        return sorted(same, key=lambda one: (one.rpartition(".")[0] != part, len(one)))[:MOST]
    beside = [one for one in known if one.rpartition(".")[0] == part]
    return _alike(word, beside, 0.6) or _alike(word, known, 0.75)


def _alike(word: str, known: Sequence[str], cutoff: float) -> list[str]:
    near = get_close_matches(word, [one.rpartition(".")[2] for one in known], n=1, cutoff=cutoff)
    return sorted((one for one in known if near and one.rpartition(".")[2] == near[0]), key=len)[:MOST]
