import numpy as np

from crack_exp.painter.surface.wall import Wall


def a_wall(tint: tuple[float, float, float]) -> Wall:
    return Wall(np.full((4, 4), 0.5, np.float32), np.array([1, 0], np.float32), np.array(tint, np.float32))


def left_half() -> np.ndarray:
    mask = np.zeros((4, 4), np.float32)
    mask[:, :2] = 1
    return mask


def test_a_layer_adds_its_colour_to_the_tint_where_its_mask_is() -> None:
    wall = a_wall((1.0, 1.0, 0.8))
    wall.layers.append((left_half(), np.array([0.2, 0.0, -0.4], np.float32)))
    picture = wall.coloured(np.ones((wall.size_px, wall.size_px), np.float32))
    np.testing.assert_allclose(picture[0, 0], [0.6, 0.5, 0.2], rtol=1e-6)
    np.testing.assert_allclose(picture[0, 3], [0.5, 0.5, 0.4], rtol=1e-6)


def test_a_cover_hides_colours_and_brightness() -> None:
    wall = a_wall((1.0, 1.0, 0.8))
    wall.layers.append((np.ones((4, 4), np.float32), np.array([0.3, 0.0, 0.0], np.float32)))
    wall.cover(left_half(), 0.2, np.array([1.0, 0.5, 0.5], np.float32))
    picture = wall.coloured(np.ones((wall.size_px, wall.size_px), np.float32))
    np.testing.assert_allclose(picture[0, 0], [0.2, 0.1, 0.1], rtol=1e-5)
    np.testing.assert_allclose(picture[0, 3], [0.65, 0.5, 0.4], rtol=1e-5)
