"""Scores of tiles by their crack maps, by hand."""

from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

maps = import_module("crack_maps")


def test_scores_of_a_tile_by_hand() -> None:
    cells = np.array([[[-3.0, 1.0], [0.0, -2.0]]])
    scores = maps.scores_of({"crack": np.array([2.0]), "crack_8": cells}, np.array([0.75]))
    assert scores["classes, pooled"] == pytest.approx(np.log(3)) and scores["crack, pooled"] == 2
    assert scores["crack_8, strongest cell"] == 1 and scores["crack_8, mean"] == -1
    assert scores["crack_8, strongest cell + pooled"] == 3
    assert scores["crack_8, log-mean-exp"] == pytest.approx(np.log(np.exp(cells).mean()))


def test_a_share_of_the_cells_is_at_least_one_of_them() -> None:
    cells = np.arange(100.0)[None]
    assert maps.strongest(0.1)(cells) == np.arange(90, 100).mean()
    assert maps.strongest(0.001)(cells) == 99


def test_walls_are_halved_by_number_and_no_wall_is_in_both() -> None:
    photos = np.array(["7", "30", "7", "100", "9"])
    first, second = maps.halves(SimpleNamespace(photos=photos))
    assert photos[first].tolist() == ["7", "7", "9"] and photos[second].tolist() == ["30", "100"]
