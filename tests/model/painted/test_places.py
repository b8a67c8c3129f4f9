"""Where painted weights are looked for: in the package by network, and in the cache of this machine."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import pytest

from crack_exp.model.painted import PaintedHead, cache_path, load_painted, packaged_path, places, write_painted
from crack_exp.model.painted.ship import ship

Make = Callable[..., keras.Model]


@pytest.fixture
def shipped(make_body: Make, head: PaintedHead, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that comes with weights for the tiny network."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "index.json").write_text("{}")
    write_painted(tmp_path / "own.npz", make_body(), head, {"seed": 3, "figures": {"ccic": 0.99}})
    ship(tmp_path / "own.npz", "tiny", folder)
    monkeypatch.setattr(places, "SHIPPED", folder)
    return folder


def test_a_network_finds_its_own_file_whatever_the_size_of_its_images(shipped: Path, make_body: Make) -> None:
    assert packaged_path(make_body()) == packaged_path(make_body(size_px=20)) == shipped / "tiny.npz"
    load_painted(make_body(), packaged_path(make_body()))


@pytest.mark.usefixtures("shipped")
def test_another_network_is_told_which_models_there_are_weights_for(make_body: Make) -> None:
    with pytest.raises(ValueError) as raised:
        packaged_path(make_body(filters=6))
    assert str(raised.value) == (
        "model.weights=painted: there are none for tiny (192 parameters), only for model=tiny; choose one that there "
        "are weights for, or train your own by python -m crack_exp.pretrain"
    )


def test_a_flipped_bit_in_a_shipped_file_is_told(shipped: Path, make_body: Make) -> None:
    whole = (shipped / "tiny.npz").read_bytes()
    (shipped / "tiny.npz").write_bytes(whole[:10] + bytes([whole[10] ^ 1]) + whole[11:])  # in a time stamp
    with pytest.raises(ValueError, match=r"tiny\.npz' is a damaged file \(sha256\); install crack_exp anew"):
        packaged_path(make_body())


def test_a_shipped_file_that_is_gone_is_told(shipped: Path, make_body: Make) -> None:
    (shipped / "tiny.npz").unlink()
    with pytest.raises(ValueError, match=r"a damaged file \(sha256\)"):
        packaged_path(make_body())


def test_shipping_writes_a_card_for_people_and_keeps_the_others(
    shipped: Path, make_body: Make, head: PaintedHead, tmp_path: Path
) -> None:
    page = (shipped / "tiny.md").read_text()
    assert "- seed: 3\n" in page and "- figures.ccic: 0.99\n" in page and "- network: tiny (128 parameters)\n" in page
    assert places.read_index(shipped)["tiny"]["sha256"] in page
    wide = PaintedHead(head.class_names, head.kernel.repeat(2, axis=0), head.bias)
    write_painted(tmp_path / "wide.npz", make_body(filters=8), wide, {})
    ship(tmp_path / "wide.npz", "alpine", shipped)
    assert list(json.loads((shipped / "index.json").read_text())) == ["alpine", "tiny"]
    assert packaged_path(make_body(filters=8)) == shipped / "alpine.npz"


def test_the_cache_lies_where_the_machine_keeps_such_things(
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


def test_each_network_has_its_own_place_in_the_cache(make_body: Make) -> None:
    names = [cache_path(make_body(filters=filters, size_px=size), "own").name for filters, size in ((4, 8), (4, 9))]
    assert names[0] == names[1] and names[0].startswith("own-128-")
    assert cache_path(make_body(filters=6), "own").name != names[0]
    assert cache_path(make_body(), "other").name != names[0]
