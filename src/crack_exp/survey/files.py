"""The files of one photo: its maps, its tiles as a table, and as polygons."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from crack_exp.evaluation.crack_map import CrackMap
from crack_exp.report.survey.pictures import write_annotated, write_map
from crack_exp.run_files.csv_files import write_csv

CORNERS = ("left_px", "top_px", "right_px", "bottom_px")


def write_photo_files(photo: Image.Image, found: CrackMap, threshold: float, folder: Path, stem: str) -> dict[str, str]:
    """Write them into `folder` as STEM_map.jpg and so on; `photo` is changed. Returns {kind: name of the file}."""
    folder.mkdir(exist_ok=True)
    names = {
        "map": f"{stem}_map.jpg",
        "annotated": f"{stem}_annotated.jpg",
        "tile_scores": f"{stem}_tiles.csv",
        "polygons": f"{stem}_tiles.geojson",
    }
    write_map(photo, found, threshold, folder / names["map"])
    write_annotated(photo, found, threshold, folder / names["annotated"])
    rows = tile_rows(found, threshold)
    write_csv(rows, folder / names["tile_scores"])
    (folder / names["polygons"]).write_text(json.dumps(polygons(rows)))
    return names


def tile_rows(found: CrackMap, threshold: float) -> list[dict[str, Any]]:
    """A row for each tile; corners in pixels of the upright photo, from its upper left."""
    return [
        {
            **dict(zip(CORNERS, box, strict=True)),
            "crack_score": float(str(score)),
            "is_crack": bool(score >= threshold),
        }
        for box, score in zip(found.boxes(), found.scores.ravel().astype(np.float32), strict=True)
    ]


def polygons(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """GeoJSON's form with pixels in place of degrees: x to the right, y downwards."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [_ring(row)]},
                "properties": {"crack_score": row["crack_score"], "is_crack": row["is_crack"]},
            }
            for row in rows
        ],
    }


def _ring(row: dict[str, Any]) -> list[list[int]]:
    left, top, right, bottom = (row[corner] for corner in CORNERS)
    return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
