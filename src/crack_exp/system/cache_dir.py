"""The cache folder of this machine; its content can be recomputed."""

import os
from pathlib import Path

FEATURES = "features"
"""Its folder for features of images, the outputs of frozen layers."""

PRECISIONS = "precisions"
"""Its folder for measured durations of training steps, by precision."""


def cache_dir() -> Path:
    """$CRACK_EXP_CACHE, else $XDG_CACHE_HOME/crack_exp, else ~/.cache/crack_exp. The folder may not exist yet."""
    own, common = os.environ.get("CRACK_EXP_CACHE"), os.environ.get("XDG_CACHE_HOME")
    return (Path(own) if own else Path(common or "~/.cache", "crack_exp")).expanduser()
