"""The cache of runs on this machine: `python -m crack_exp.cache` shows it, `... clear` deletes it."""

import argparse
import sys
from collections.abc import Sequence

from crack_exp.model.feature_cache import FeatureCache
from crack_exp.system.cache_dir import FEATURES, PRECISIONS, cache_dir


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m crack_exp.cache", description=__doc__)
    parser.add_argument("action", nargs="?", choices=["show", "clear"], default="show")
    clear = parser.parse_args(arguments).action == "clear"
    cache = FeatureCache(cache_dir() / FEATURES, max_bytes=0)
    files = cache.files()
    size = sum(path.stat().st_size for path in files)
    precisions = list((cache_dir() / PRECISIONS).glob("*.json"))
    if clear:
        try:
            cache.clear()
            for file in precisions:
                file.unlink(missing_ok=True)
        except OSError as error:
            sys.exit(f"crack_exp: {error.filename}: {error.strerror}; whoever may write to its folder can delete it")
    where = " deleted from" if clear else " (the least recently used are deleted first) in"
    print(f"features of images: {len(files):,} files, {size / 1e9:.2f} GB{where} '{cache.folder}'")
    print(f"measurements for runtime.precision=auto: {len(precisions)}{', deleted' if clear else ''}")


if __name__ == "__main__":
    main()
