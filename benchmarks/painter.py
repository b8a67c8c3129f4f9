"""How fast the painter paints on one core, and what it paints.

python benchmarks/painter.py --sheet contact_sheet.png
"""

import argparse
import io
import time
from pathlib import Path

from omegaconf import OmegaConf
from PIL import Image

from crack_exp.config import conf_dir
from crack_exp.painter import CLASS_NAMES, paint_patch


def main() -> None:
    arguments = _arguments()
    for label in CLASS_NAMES:
        paint_patch(0, label, arguments.size_px)  # the textures are computed at first use
    print(f"{'class':12}{'images/s':>10}{'with JPEG':>12}")
    seconds = {label: _seconds_per_image(label, arguments.images, arguments.size_px) for label in CLASS_NAMES}
    for label, (painting, encoding) in seconds.items():
        print(f"{label:12}{1 / painting:10.0f}{1 / (painting + encoding):12.0f}")
    for title, shares in {
        "evenly mixed": _shares(1 / len(CLASS_NAMES)),
        "pretraining": _shares(_intact_share()),
    }.items():
        painting, encoding = (
            sum(shares[label] * of_label[part] for label, of_label in seconds.items()) for part in range(2)
        )
        print(f"{title:12}{1 / painting:10.0f}{1 / (painting + encoding):12.0f}")
    if arguments.sheet:
        contact_sheet(arguments.size_px, columns=8).save(arguments.sheet)


def _shares(intact: float) -> dict[str, float]:
    """The share of each class where that of `intact` is given and the others are equal."""
    return {label: intact if label == "intact" else (1 - intact) / (len(CLASS_NAMES) - 1) for label in CLASS_NAMES}


def _intact_share() -> float:
    """Of the paintings that a pretraining learns from."""
    return float(OmegaConf.load(Path(conf_dir()) / "pretrain.yaml").paintings.intact_share)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, default=200, help="paintings of each class to take the time of")
    parser.add_argument("--size-px", type=int, default=227)
    parser.add_argument("--sheet", type=Path, help="write a contact sheet, two rows a class, to this PNG")
    return parser.parse_args()


def _seconds_per_image(label: str, images: int, size_px: int) -> tuple[float, float]:
    """Seconds of one core for painting one image, and for encoding it as JPEG."""
    painting = encoding = 0.0
    for seed in range(images):
        started = time.process_time()
        pixels = paint_patch(seed, label, size_px).pixels
        painted = time.process_time()
        Image.fromarray(pixels).save(io.BytesIO(), "JPEG", quality=90)
        painting += painted - started
        encoding += time.process_time() - painted
    return painting / images, encoding / images


def contact_sheet(size_px: int, columns: int) -> Image.Image:
    """Two rows of `columns` paintings of each class."""
    sheet = Image.new("RGB", (columns * size_px, 2 * len(CLASS_NAMES) * size_px))
    for row in range(2 * len(CLASS_NAMES)):
        for column in range(columns):
            patch = paint_patch(10_000 + row * columns + column, CLASS_NAMES[row // 2], size_px)
            sheet.paste(Image.fromarray(patch.pixels), (column * size_px, row * size_px))
    return sheet


if __name__ == "__main__":
    main()
