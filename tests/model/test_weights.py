"""Loading weights by name and from files, and the errors if that is impossible."""

import hashlib
import shutil
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_exp.config.compose import conf_dir
from crack_exp.data.image_io import read_resized
from crack_exp.model.classifier import build_backbone
from crack_exp.model.painted import PaintedHead, cache_path, locations, packaged_path, read_card, write_painted
from crack_exp.model.weights import fingerprint, load_painted_head, weights_sha256

MobileNetV2 = partial(keras.applications.MobileNetV2, alpha=0.35)


def body_of(weights: str, backbone: Callable[..., keras.Model] = MobileNetV2, size_px: int = 32) -> keras.Model:
    return build_backbone(
        backbone=backbone,
        rescaling=keras.layers.Rescaling(1 / 127.5, -1),
        weights=weights,
        image_size_px=size_px,
        batch_norm_momentum=0.9,
    )


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No internet connection, and an empty cache."""

    def no_network(*address: object) -> None:
        raise AssertionError(f"asked for the network: {address}")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def narrow() -> keras.Model:
    return body_of("none")


@pytest.fixture
def shipped(shipped_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of packaged weights, which a test may damage."""
    monkeypatch.setattr(locations, "SHIPPED", shutil.copytree(shipped_folder, tmp_path / "shipped"))
    return locations.SHIPPED


def refusal(weights: str, backbone: Callable[..., keras.Model] = MobileNetV2) -> str:
    with pytest.raises(ValueError) as raised:
        body_of(weights, backbone)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_painted_weights_come_with_the_package_for_images_of_any_size(shipped: Path, painted_file: Path) -> None:
    by_name, by_path = body_of("painted", size_px=48), body_of(str(painted_file))
    assert fingerprint(by_name) == fingerprint(by_path)
    assert by_name.get_layer("bn_Conv1").momentum == 0.999
    assert weights_sha256(by_name, "painted") == hashlib.sha256(painted_file.read_bytes()).hexdigest()


@pytest.mark.usefixtures("shipped")
def test_painted_weights_for_another_network_are_refused() -> None:
    message = refusal("painted", keras.applications.MobileNet)
    assert message.startswith(
        "model.weights=painted: there are none for mobilenet_1.00 (3,228,864 parameters), only for "
    )
    assert "only for model=mobilenet_v2_035; " in message


def test_a_damaged_package_is_refused(shipped: Path) -> None:
    weights = shipped / "mobilenet_v2_035.npz"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert refusal("painted").endswith("is a damaged file (sha256); install crack_exp again")


@pytest.mark.usefixtures("shipped")
def test_the_error_for_missing_weights_names_the_command_that_makes_them(narrow: keras.Model) -> None:
    message = refusal("imagenet+painted")
    assert message.startswith("model.weights=imagenet+painted: not made on this machine yet")
    assert str(cache_path(narrow, "imagenet+painted")) in message and "about ten minutes on two cores" in message
    assert message.endswith(
        "python -m crack_exp.pretrain model=mobilenet_v2_035 model.weights=imagenet budget.minutes=10 "
        "save_as=imagenet+painted"
    )


def test_weights_made_before_are_found_in_the_cache(narrow: keras.Model, painted_file: Path) -> None:
    path = cache_path(narrow, "imagenet+painted")
    path.parent.mkdir(parents=True)
    path.write_bytes(painted_file.read_bytes())
    made = body_of("imagenet+painted", size_px=40)
    assert fingerprint(made) == fingerprint(body_of(str(painted_file)))
    assert weights_sha256(made, "imagenet+painted") == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_for_another_width_is_refused_by_both_names(painted_file: Path) -> None:
    message = refusal(str(painted_file), partial(keras.applications.MobileNetV2, alpha=0.5))
    assert message.startswith(
        f"model.weights={painted_file}: made for mobilenetv2_0.35 (410,208 parameters), and this "
    )
    assert "this model is mobilenetv2_0.50 (706,224 parameters); " in message


def test_a_file_for_another_architecture_is_refused_by_both_names(painted_file: Path) -> None:
    message = refusal(str(painted_file), keras.applications.EfficientNetV2B0)
    assert "made for mobilenetv2_0.35" in message and "this model is efficientnetv2-b0" in message


def test_a_truncated_file_is_refused(painted_file: Path, tmp_path: Path) -> None:
    (tmp_path / "half.npz").write_bytes(painted_file.read_bytes()[:400_000])
    assert refusal(str(tmp_path / "half.npz")).startswith(f"model.weights={tmp_path / 'half.npz'}: a damaged file")


def test_the_error_for_a_missing_file_lists_all_choices() -> None:
    message = refusal("nowhere.npz")
    assert message.startswith("model.weights=nowhere.npz: no such file; ")
    assert all(name in message for name in ("none", "imagenet", "painted", "imagenet+painted", ".weights.h5", ".npz"))


def test_neither_random_weights_nor_those_of_imagenet_are_a_file(narrow: keras.Model) -> None:
    assert weights_sha256(narrow, "none") is None and weights_sha256(narrow, "imagenet") is None


def test_the_head_comes_from_the_same_file(painted_file: Path, narrow: keras.Model) -> None:
    head = load_painted_head(narrow, str(painted_file))
    assert head.kernel.shape == (1280, 5) and head.class_names[0] == "intact"


def test_weights_without_a_head_are_refused(narrow: keras.Model, backbone_file: Path) -> None:
    for weights in ("none", "imagenet", str(backbone_file)):
        with pytest.raises(ValueError, match=r"^model\.head=painted: model\.weights=.* has no head; take ") as raised:
            load_painted_head(narrow, weights)
        assert f"model.weights={weights} " in str(raised.value) and "model.head=new" in str(raised.value)


@pytest.mark.real_data
@pytest.mark.parametrize("alpha", [0.35, 1.0])
def test_trained_weights_give_the_same_in_16_bits(alpha: float, real_data: Path, tmp_path: Path) -> None:
    backbone = partial(keras.applications.MobileNetV2, alpha=alpha)
    (file,) = (real_data / "weights").glob(f"mobilenet_v2_{alpha}_*.weights.h5")
    trained = body_of(str(file), backbone, size_px=96)
    kernel = np.zeros((trained.output_shape[-1], 2), np.float32)
    write_painted(tmp_path / "own.npz", trained, PaintedHead(("intact", "cracked"), kernel, kernel[0]), {})
    shortened = body_of(str(tmp_path / "own.npz"), backbone, size_px=96)
    photos = sorted((real_data / "data" / "ccic" / "Positive").iterdir())[:8]
    images = np.stack([read_resized(photo, 96) for photo in photos])
    ours, theirs = (body.predict(images, verbose=0).mean(axis=(1, 2)) for body in (shortened, trained))
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.999  # measured: 0.9998 at alpha 0.35, 0.9995 at 1.0


def test_half_the_precision_halves_the_file(painted_file: Path) -> None:
    assert 2 * 410_208 < painted_file.stat().st_size < 1_000_000


SHIPPED = sorted(path.stem for path in locations.SHIPPED.glob("*.npz"))


def test_packaged_weights_have_a_card_and_an_index_entry() -> None:
    assert {path.name for path in locations.SHIPPED.iterdir()} == {
        "index.json",
        # The card is of model=painted or painted_wide.
        *(f"{name}.{kind}" for name in SHIPPED for kind in ("md", "npz", "card.json")),
    }
    assert sorted(locations.read_index(locations.SHIPPED)) == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_packaged_weights_are_small_and_for_the_model_of_their_name(name: str) -> None:
    from omegaconf import OmegaConf

    alpha = OmegaConf.load(Path(conf_dir(), "model", f"{name}.yaml")).backbone.alpha
    body = body_of("painted", partial(keras.applications.MobileNetV2, alpha=alpha))
    path = packaged_path(body)
    assert path == locations.SHIPPED / f"{name}.npz"
    assert path.stat().st_size < (1_000_000 if alpha == 0.35 else 5_000_000)
    assert (locations.SHIPPED / f"{name}.md").read_text().count(weights_sha256(body, "painted") or "-") == 1
    assert read_card(path)
    features = body.predict(np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8), verbose=0)
    assert np.isfinite(features).all() and features.std() > 0.01


def test_weights_that_are_no_numbers_are_refused(narrow: keras.Model, tmp_path: Path) -> None:
    body = body_of("none")
    kernel, *others = body.get_weights()
    body.set_weights([np.full_like(kernel, np.nan), *others])
    body.save_weights(tmp_path / "spoilt.weights.h5")
    said = refusal(str(tmp_path / "spoilt.weights.h5"))
    assert said.startswith(f"model.weights={tmp_path}/spoilt.weights.h5: Conv1/kernel holds values that are no finite")


def test_a_file_of_which_a_library_says_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise KeyError

    monkeypatch.setattr(keras.Model, "load_weights", fail)
    (tmp_path / "any.weights.h5").touch()
    assert refusal(str(tmp_path / "any.weights.h5")).endswith("not the weights of this backbone (KeyError)")
