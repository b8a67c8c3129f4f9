"""How good the frozen features of a backbone are on real images, by the weights that it starts from.

python benchmarks/backbones.py --ccic ccic --sdnet sdnet2018_walls --weights random imagenet painted imagenet+painted
python benchmarks/backbones.py --ccic ccic --sdnet sdnet2018_walls --other bricks --painted-brick 800 \\
    --weights random imagenet=FILE.weights.h5 painted=SEED1.npz painted=SEED2.npz --features cache --json figures.json
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from crack_exp.system.quiet_start import quiet_start

with quiet_start():  # of TensorFlow
    from backbone_features import Backbone, Weights, crack_scores_of, features_of, open_backbone
    from backbone_images import ImageSet, Sets, paint_brick, paint_on, read_images
    from backbone_probes import Probe, overlaps, plan, scores_of, zero_shot
    from backbone_table import Cells, Figure, Result, cells_of, markdown, table
    from in_float32 import in_float32

COLUMNS = 100
RANDOM = "random"
PATCHES_OF_PHOTO = 800
PHOTO_OF_TILE = r"/(\d+)-"  # SDNET2018 names a tile Positive/7073-12.jpg


def main() -> None:
    in_float32(compare, _arguments())


def compare(arguments: argparse.Namespace) -> None:
    """Measure, show and write. Raises ValueError for the user's mistakes."""
    _check(arguments)
    weights = weights_of(arguments.weights)
    # All of them before an image is read: a typo in the last must not cost the time of the first.
    backbones = [open_backbone(one, arguments.alpha, arguments.image_size_px) for one in weights]
    with TemporaryDirectory() as scratch:
        sets = read_sets(arguments, Path(scratch))
        probes = plan(sets, arguments.draws)
        results: dict[str, list[Result]] = defaultdict(list)
        for one, backbone in zip(weights, backbones, strict=True):
            print(f"{one.kind}: {one.source}", file=sys.stderr)
            results[one.kind].append(judge(backbone, sets.all, probes, arguments.features))
    cells = cells_of(results, overlaps(probes))
    title = f"Frozen features of MobileNetV2 {arguments.alpha} at {arguments.image_size_px} px, {arguments.draws} draws"
    Console(width=COLUMNS).print(table(cells, list(results), title))
    if arguments.markdown:
        arguments.markdown.write_text(markdown(cells, list(results)))
    if arguments.json:
        written = _facts(arguments, sets) | {
            "weights": _weights(weights, backbones, results),
            "measures": _plain(cells),
        }
        arguments.json.write_text(json.dumps(written, indent=2) + "\n")


def judge(backbone: Backbone, sets: Sequence[ImageSet], probes: Sequence[Probe], folder: Path | None) -> Result:
    """All that there is to say of one set of weights. folder: where features are kept, or None."""
    started = time.process_time()
    features = {images.name: features_of(backbone, images, folder) for images in sets}
    figures: dict[str, Figure] = {}
    if backbone.head:
        for images in sets:
            figures |= zero_shot(images, crack_scores_of(backbone.head, features[images.name]))
    return Result(scores_of(probes, features), figures, cpu_seconds=time.process_time() - started)


def weights_of(texts: Sequence[str]) -> list[Weights]:
    """KIND=WEIGHTS, or one word for both, each with its number within its kind.

    Raises ValueError where a kind has the same weights twice: they would look like seeds that agree.
    """
    found = list[Weights]()
    for text in texts:
        kind, _, source = text.partition("=")
        source = "none" if text == RANDOM else source or kind
        sources = [weights.source for weights in found if weights.kind == kind]
        if source in sources and source != "none":
            raise ValueError(f"--weights {text}: given twice; give each training seed of {kind!r} once")
        found.append(Weights(kind, source, seed=1 + len(sources)))
    return found


def read_sets(arguments: argparse.Namespace, scratch: Path) -> Sets:
    """The images that the command line names. scratch: an empty folder for paintings."""
    others = [read_images("--other", path, path.resolve().name, None) for path in arguments.other]
    if arguments.painted_brick:
        paint_brick(arguments.painted_brick, arguments.image_size_px, scratch / "brick")
        others.append(read_images("--painted-brick", scratch / "brick", "painted brick", None))
    for number, photo in enumerate(arguments.painted_on):
        paint_on(photo, PATCHES_OF_PHOTO, arguments.image_size_px, scratch / str(number))
        others.append(read_images("--painted-on", scratch / str(number), f"cracks on {photo.stem}", None))
    return Sets(
        concrete=arguments.ccic and read_images("--ccic", arguments.ccic, "CCIC", None),
        walls=arguments.sdnet and read_images("--sdnet", arguments.sdnet, "SDNET2018", PHOTO_OF_TILE),
        others=others,
    )


def _check(arguments: argparse.Namespace) -> None:
    """Raises ValueError for what would be noticed only at the end."""
    if not any((arguments.ccic, arguments.sdnet, arguments.other, arguments.painted_brick, arguments.painted_on)):
        raise ValueError("no images: give --ccic, --sdnet, --other, --painted-brick or --painted-on")
    if arguments.draws < 2:
        raise ValueError(f"--draws={arguments.draws}: an interval needs at least 2")
    for option, file in (("--json", arguments.json), ("--markdown", arguments.markdown)):
        if file and not file.resolve().parent.is_dir():
            raise ValueError(f"{option}={file}: no such folder; make it first")
    if arguments.features and not arguments.features.is_dir():
        raise ValueError(f"--features={arguments.features}: no such folder; make it first")


def _facts(arguments: argparse.Namespace, sets: Sets) -> dict[str, Any]:
    return {
        "alpha": arguments.alpha,
        "image_size_px": arguments.image_size_px,
        "draws": arguments.draws,
        "images": {
            images.name: {
                "cracked": int(images.is_crack.sum()),
                "intact": int((~images.is_crack).sum()),
                "photos": len(set(images.photos)),
                "copies_left_out": images.copies,
            }
            for images in sets.all
        },
    }


def _weights(
    weights: Sequence[Weights], backbones: Sequence[Backbone], results: Mapping[str, Sequence[Result]]
) -> list[dict[str, Any]]:
    """Each set of weights with the score of every draw."""
    return [
        asdict(one) | {"sha256": backbone.sha256} | asdict(results[one.kind][one.seed - 1])
        for one, backbone in zip(weights, backbones, strict=True)
    ]


def _plain(cells: Cells) -> dict[str, Any]:
    return {title: {kind: asdict(cell) for kind, cell in of_kinds.items()} for title, of_kinds in cells.items()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--weights",
        nargs="+",
        required=True,
        help="columns of the table, KIND=WEIGHTS with WEIGHTS as model.weights takes them; a word alone is both; "
        "several of one KIND are its training seeds, several `random` its initialisations",
    )
    parser.add_argument("--ccic", type=Path, help="images of concrete, a folder per class")
    parser.add_argument("--sdnet", type=Path, help="tiles of wall photos, a folder per class, names PHOTO-TILE.jpg")
    parser.add_argument("--other", type=Path, nargs="+", default=[], help="images of another material, likewise")
    parser.add_argument("--painted-brick", type=int, default=0, metavar="N", help="paint N patches of masonry")
    parser.add_argument(
        "--painted-on",
        type=Path,
        nargs="+",
        default=[],
        metavar="PHOTO",
        help=f"photos of intact walls, upright, to cut {PATCHES_OF_PHOTO} patches from each and paint cracks on half",
    )
    parser.add_argument("--alpha", type=float, default=0.35, help="width of MobileNetV2")
    parser.add_argument("--image-size-px", type=int, default=160)
    parser.add_argument("--draws", type=int, default=10, help="how often to draw training images anew")
    parser.add_argument("--features", type=Path, help="a folder to keep features in, for the next time")
    parser.add_argument("--json", type=Path, help="write every figure, also of each draw, to this file")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
