"""The files of one photo: its maps, its tiles as a table, and as polygons."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from crack_exp.evaluation.crack_map import CrackMap, Tile
from crack_exp.report.survey.pictures import write_annotated, write_map
from crack_exp.system.csv_files import shortest, write_csv
from crack_exp.system.files import atomic_file, write_text


def write_photo_files(photo: Image.Image, found: CrackMap, threshold: float, folder: Path, stem: str) -> dict[str, str]:
    """Write them into `folder` as STEM_map.jpg and so on; `photo` is changed. Returns {kind: name of the file}."""
    folder.mkdir(exist_ok=True)
    names = {
        "map": f"{stem}_map.jpg",
        "annotated": f"{stem}_annotated.jpg",
        "tile_scores": f"{stem}_tiles.csv",
        "polygons": f"{stem}_tiles.geojson",
    }
    for kind, write in (("map", write_map), ("annotated", write_annotated)):
        with atomic_file(folder / names[kind]) as file:
            write(photo, found, threshold, file)
    tiles = [replace(tile, crack_score=shortest(tile.crack_score)) for tile in found.tiles(threshold)]
    write_csv(tiles, folder / names["tile_scores"])
    write_text(folder / names["polygons"], json.dumps(polygons(tiles)))
    return names


def polygons(tiles: Sequence[Tile]) -> dict[str, Any]:
    """GeoJSON's form with pixels in place of degrees: x to the right, y downwards."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [_ring(tile)]},
                "properties": {"crack_score": tile.crack_score, "is_crack": tile.is_crack},
            }
            for tile in tiles
        ],
    }


def _ring(tile: Tile) -> list[list[int]]:
    left, top, right, bottom = tile.left_px, tile.top_px, tile.right_px, tile.bottom_px
    return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
