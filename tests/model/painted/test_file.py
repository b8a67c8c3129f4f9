"""Files with weights, head and card: they are read as written; damaged and other files are refused."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_exp.model.painted import (
    CrackHead,
    PaintedHead,
    load_painted,
    read_card,
    read_crack_heads,
    read_head,
    write_painted,
)

Make = Callable[..., keras.Model]
CARD = {"seed": 1, "minutes": 27.5, "command": "python -m crack_exp.pretrain", "figures": {"ccic": 0.985}}


@pytest.fixture
def body(make_body: Make) -> keras.Model:
    return make_body()


@pytest.fixture
def path(body: keras.Model, head: PaintedHead, tmp_path: Path) -> Path:
    write_painted(tmp_path / "own.npz", body, head, CARD)
    return tmp_path / "own.npz"


def refusal(body: keras.Model, path: Path) -> str:
    with pytest.raises(ValueError) as raised:
        load_painted(body, path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_weights_are_read_as_float16_values(body: keras.Model, path: Path, make_body: Make) -> None:
    other = make_body()
    load_painted(other, path)
    for loaded, written in zip(other.get_weights(), body.get_weights(), strict=True):
        assert loaded.dtype == np.float32
        np.testing.assert_array_equal(loaded, written.astype(np.float16).astype(np.float32))


def test_head_and_card_are_read_unchanged(path: Path, head: PaintedHead) -> None:
    read = read_head(path)
    assert read.class_names == head.class_names
    np.testing.assert_array_equal(read.kernel, head.kernel)
    np.testing.assert_array_equal(read.bias, head.bias)
    assert read_card(path) == CARD


def test_crack_heads_are_read_unchanged(body: keras.Model, head: PaintedHead, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    heads = {name: CrackHead(rng.normal(size=4).astype(np.float32), -2.5) for name in ("crack", "crack_8")}
    write_painted(tmp_path / "maps.npz", body, head, CARD, heads)
    read = read_crack_heads(tmp_path / "maps.npz")
    assert read.keys() == heads.keys()
    for name, written in heads.items():
        np.testing.assert_array_equal(read[name].kernel, written.kernel)
        assert read[name].bias == written.bias


def test_a_file_without_crack_heads_is_refused_where_they_are_asked_for(path: Path) -> None:
    with pytest.raises(ValueError, match="holds no crack maps, .*; make the weights again"):
        read_crack_heads(path)


def test_weights_fit_for_any_image_size(path: Path, body: keras.Model, make_body: Make) -> None:
    larger = make_body(size_px=16)
    load_painted(larger, path)
    np.testing.assert_allclose(larger.get_weights()[0], body.get_weights()[0], rtol=1e-3, atol=1e-6)


def test_the_same_content_gives_the_same_bytes(
    body: keras.Model, path: Path, head: PaintedHead, tmp_path: Path
) -> None:
    write_painted(tmp_path / "again.npz", body, head, CARD)
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_folders_are_created_and_no_other_file_is_left(body: keras.Model, head: PaintedHead, tmp_path: Path) -> None:
    write_painted(tmp_path / "cache" / "deep" / "own.npz", body, head, CARD)
    assert [path.name for path in (tmp_path / "cache" / "deep").iterdir()] == ["own.npz"]


@pytest.mark.parametrize("value", [65505.0, -1e6, np.inf, np.nan])
def test_a_weight_that_16_bits_cannot_hold_is_refused_and_the_old_file_stays(
    value: float, body: keras.Model, path: Path, head: PaintedHead
) -> None:
    before = path.read_bytes()
    kernel, *others = body.get_weights()
    kernel[0, 0, 0, 0] = value
    body.set_weights([kernel, *others])
    with pytest.raises(
        ValueError, match="kernel: a weight of .* is too large for 16 bits; .* use a smaller learning rate"
    ):
        write_painted(path, body, head, CARD)
    assert path.read_bytes() == before


def test_weights_of_another_width_are_refused_by_name_and_size(path: Path, make_body: Make) -> None:
    # 3x3x3 weights and a bias for each filter, and four numbers of its normalization: 32 a filter.
    assert refusal(make_body(filters=6), path) == (
        f"model.weights={path}: made for tiny (128 parameters), and this model is tiny (192 parameters); "
        "choose the model that they were made for, or other weights"
    )


def test_the_same_weights_in_another_order_are_another_architecture(path: Path) -> None:
    pixels = keras.Input((8, 8, 3))
    normal = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, use_bias=False)(pixels))
    other = keras.Model(pixels, keras.layers.Conv2D(4, (1, 1), groups=4, use_bias=False)(normal), name="other")
    assert other.count_params() == 128
    assert "made for tiny (128 parameters), and this model is other (128 parameters)" in refusal(other, path)


def test_a_missing_file_is_named(body: keras.Model, tmp_path: Path) -> None:
    assert refusal(body, tmp_path / "none.npz").startswith(f"model.weights={tmp_path / 'none.npz'}: no such file")


@pytest.mark.parametrize("length", [0, 1, 100, -1, -1000])
def test_a_truncated_file_is_refused(length: int, body: keras.Model, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:length])
    assert refusal(body, path).startswith(f"model.weights={path}: a damaged file")
    with pytest.raises(ValueError, match="a damaged file"):
        read_head(path)


def test_another_kind_of_npz_is_refused(body: keras.Model, tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", weights=np.zeros(128, np.float16))
    assert "not one that crack_exp.pretrain wrote" in refusal(body, tmp_path / "other.npz")


def test_every_changed_byte_is_detected_or_harmless(body: keras.Model, path: Path, head: PaintedHead) -> None:
    whole = path.read_bytes()
    load_painted(body, path)
    weights, refused = body.get_weights(), 0
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x41]) + whole[position + 1 :])
        try:
            load_painted(body, path)
            kernel, card = read_head(path).kernel, read_card(path)
        except ValueError as error:
            assert str(error).startswith(f"model.weights={path}: a damaged file")
            refused += 1
        else:  # a time stamp in the zip file, say
            assert all(np.array_equal(a, b) for a, b in zip(body.get_weights(), weights, strict=True))
            assert np.array_equal(kernel, head.kernel) and card == CARD
    assert refused > 0.8 * len(whole)
