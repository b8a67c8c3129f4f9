import numpy as np
import pytest

from crack_exp.painter.surface.textures import PERIODS_PX, SLOPES, crop, texture, white_noise, zoomed


@pytest.mark.parametrize("name", [*SLOPES, *PERIODS_PX, "brushed"])
def test_a_texture_has_zero_mean_and_unit_deviation_and_is_read_only(name: str) -> None:
    values = texture(name)
    assert values.mean() == pytest.approx(0, abs=1e-3)
    assert values.std() == pytest.approx(1, abs=1e-3)
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 1


def test_the_steeper_the_spectrum_the_smoother_the_texture() -> None:
    steps = [float(np.abs(np.diff(texture(name))).mean()) for name in SLOPES]
    assert steps == sorted(steps, reverse=True)


def test_enlarging_a_texture_enlarges_its_features() -> None:
    def step(zoom: float) -> float:
        return float(np.abs(np.diff(zoomed(np.random.default_rng(1), "blotches", 227, zoom))).mean())

    assert step(2.0) == pytest.approx(step(1.0) / 2, rel=0.15)


def test_views_differ_from_one_draw_to_the_next() -> None:
    rng = np.random.default_rng(0)
    assert not np.array_equal(crop(rng, "pink", 64), crop(rng, "pink", 64))


def test_white_noise_is_independent_from_channel_to_channel() -> None:
    red, green, blue = np.moveaxis(white_noise(np.random.default_rng(0), 400, coloured=True), 2, 0)
    assert np.abs(np.corrcoef([red.ravel(), green.ravel(), blue.ravel()]) - np.eye(3)).max() < 0.02
    assert red.std() == pytest.approx(1, abs=0.02)


def test_noise_without_colour_is_the_same_in_every_channel() -> None:
    noise = white_noise(np.random.default_rng(0), 100, coloured=False)
    assert noise.std() == pytest.approx(1, abs=0.02)
    np.testing.assert_array_equal(noise[..., 1:], noise[..., :-1])
