"""The paths of painted weights: in the package by network, and in the cache folder of this machine."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import pytest

from crack_exp.model.painted import PaintedHead, cache_path, load_painted, locations, packaged_path, write_painted
from crack_exp.model.painted.ship_weights import ship

Make = Callable[..., keras.Model]


@pytest.fixture
def shipped(make_body: Make, head: PaintedHead, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with weights for the tiny network."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "index.json").write_text("{}")
    write_painted(tmp_path / "own.npz", make_body(), head, {"seed": 3, "figures": {"ccic": 0.99}})
    ship(tmp_path / "own.npz", "tiny", folder)
    monkeypatch.setattr(locations, "SHIPPED", folder)
    return folder


def test_the_file_of_a_network_is_found_for_any_image_size(shipped: Path, make_body: Make) -> None:
    assert packaged_path(make_body()) == packaged_path(make_body(size_px=20)) == shipped / "tiny.npz"
    load_painted(make_body(), packaged_path(make_body()))


@pytest.mark.usefixtures("shipped")
def test_the_error_names_the_models_with_weights(make_body: Make) -> None:
    with pytest.raises(ValueError) as raised:
        packaged_path(make_body(filters=6))
    assert str(raised.value) == (
        "model.weights=painted: there are none for tiny (192 parameters), only for model=tiny; choose one of these "
        "models, or train your own weights by python -m crack_exp.pretrain"
    )


def test_a_damaged_packaged_file_is_refused(shipped: Path, make_body: Make) -> None:
    whole = (shipped / "tiny.npz").read_bytes()
    (shipped / "tiny.npz").write_bytes(whole[:10] + bytes([whole[10] ^ 1]) + whole[11:])  # in a time stamp
    with pytest.raises(ValueError, match=r"tiny\.npz' is a damaged file \(sha256\); install crack_exp again"):
        packaged_path(make_body())


def test_a_missing_packaged_file_is_refused(shipped: Path, make_body: Make) -> None:
    (shipped / "tiny.npz").unlink()
    with pytest.raises(ValueError, match=r"a damaged file \(sha256\)"):
        packaged_path(make_body())


def test_shipping_writes_a_card_and_keeps_other_files(
    shipped: Path, make_body: Make, head: PaintedHead, tmp_path: Path
) -> None:
    page = (shipped / "tiny.md").read_text()
    assert "- seed: 3\n" in page and "- figures.ccic: 0.99\n" in page and "- network: tiny (128 parameters)\n" in page
    assert locations.read_index(shipped)["tiny"]["sha256"] in page
    wide = PaintedHead(head.class_names, head.kernel.repeat(2, axis=0), head.bias)
    write_painted(tmp_path / "wide.npz", make_body(filters=8), wide, {})
    ship(tmp_path / "wide.npz", "alpine", shipped)
    assert list(json.loads((shipped / "index.json").read_text())) == ["alpine", "tiny"]
    assert packaged_path(make_body(filters=8)) == shipped / "alpine.npz"


def test_the_cache_folder_follows_the_environment(
    make_body: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = make_body()
    for name in ("CRACK_EXP_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_path(body, "own").parent == tmp_path / ".cache" / "crack_exp"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "common"))
    assert cache_path(body, "own").parent == tmp_path / "common" / "crack_exp"
    monkeypatch.setenv("CRACK_EXP_CACHE", "~/mine")
    assert cache_path(body, "own").parent == tmp_path / "mine"


def test_each_network_has_its_own_path_in_the_cache(make_body: Make) -> None:
    names = [cache_path(make_body(filters=filters, size_px=size), "own").name for filters, size in ((4, 8), (4, 9))]
    assert names[0] == names[1] and names[0].startswith("own-128-")
    assert cache_path(make_body(filters=6), "own").name != names[0]
    assert cache_path(make_body(), "other").name != names[0]
