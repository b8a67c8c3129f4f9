"""The caches that runs keep on this machine: `python -m crack_exp.cache`, and `... clear` to delete them."""

import argparse
from collections.abc import Sequence

from crack_exp.model.feature_cache import FeatureCache
from crack_exp.system.cache_dir import FEATURES, PRECISIONS, cache_dir


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m crack_exp.cache", description=__doc__)
    parser.add_argument("action", nargs="?", choices=["show", "clear"], default="show")
    clears = parser.parse_args(words).action == "clear"
    cache = FeatureCache(cache_dir() / FEATURES, max_bytes=0)
    files = cache.files()
    size = sum(path.stat().st_size for path in files)
    precisions = list((cache_dir() / PRECISIONS).glob("*.json"))
    if clears:
        cache.clear()
        for file in precisions:
            file.unlink(missing_ok=True)
    done = " deleted from" if clears else ", the least recently used are deleted first, in"
    print(f"features of images: {len(files):,} files, {size / 1e9:.2f} GB{done} '{cache.folder}'")
    print(f"measurements for runtime.precision=auto: {len(precisions)}{', deleted' if clears else ''}")


if __name__ == "__main__":
    main()
