"""Each optimizer's own learning rate does learn a head on real images."""

from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from crack_exp.config import build, conf_dir
from crack_exp.config.kinds import OPTIMIZER
from crack_exp.data.image_io import read_resized
from crack_exp.model.classifier import build_backbone

OPTIMIZERS = ("adam", "rmsprop", "sgd", "adamw", "nadam")


@pytest.fixture(scope="module")
def features(real_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """(600, 1280) pooled ImageNet features of real images, cracked and intact in turn, and their labels."""
    body = build_backbone(
        backbone=partial(keras.applications.MobileNetV2, alpha=0.35),
        rescaling=keras.layers.Rescaling(1 / 127.5, -1),
        weights=str(real_data / "weights" / "mobilenet_v2_0.35_224_no_top.weights.h5"),
        image_size_px=96,
        batch_norm_momentum=0.9,
    )
    folders = [sorted((real_data / "data" / "ccic" / name).iterdir())[:300] for name in ("Negative", "Positive")]
    pairs = [path for both in zip(*folders, strict=True) for path in both]
    images = np.stack([read_resized(path, 96) for path in pairs])
    return body.predict(images, verbose=0).mean(axis=(1, 2)), np.arange(len(pairs)) % 2


@pytest.mark.real_data
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_default_learning_rate_learns_the_head(name: str, features: tuple[np.ndarray, np.ndarray]) -> None:
    with initialize_config_dir(conf_dir(), version_base="1.3"):
        node = OmegaConf.to_container(compose("config", [f"optimizer={name}"]).optimizer)
    assert isinstance(node, dict)
    images, labels = features
    keras.utils.set_random_seed(0)
    head = keras.Sequential([keras.Input(images.shape[1:]), keras.layers.Dense(2, activation="softmax")])
    optimizer = build(node, "optimizer", OPTIMIZER)
    head.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    # As many steps as eight of the twenty epochs of the default run: 1,400 training images in batches of 32.
    head.fit(images[:400], labels[:400], epochs=28, batch_size=32, verbose=0)
    assert head.evaluate(images[400:], labels[400:], verbose=0, return_dict=True)["accuracy"] >= 0.9
