"""Where this machine keeps what can be made again."""

import os
from pathlib import Path

FEATURES = "features"
"""The folder in it for what frozen layers made of images."""

PRECISIONS = "precisions"
"""The folder in it for how long training steps take in each precision."""


def cache_dir() -> Path:
    """$CRACK_EXP_CACHE, else $XDG_CACHE_HOME/crack_exp, else ~/.cache/crack_exp. It need not exist."""
    own, common = os.environ.get("CRACK_EXP_CACHE"), os.environ.get("XDG_CACHE_HOME")
    return (Path(own) if own else Path(common or "~/.cache", "crack_exp")).expanduser()
