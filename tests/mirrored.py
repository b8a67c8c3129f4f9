"""A program: trains and predicts on two devices of one CPU as on two GPUs, and prints what came of it as JSON.

TensorFlow and JAX take devices apart before they start, and never again: so this is a process of its own. For JAX,
`XLA_FLAGS=--xla_force_host_platform_device_count=2` makes two of them.
"""

import json
from typing import Any

import keras
import numpy as np

from crack_exp.data.batches import Batches, InOrder
from crack_exp.model.classifier import add_head, build_backbone, to_deploy
from crack_exp.runtime.session import session
from crack_exp.training.losses import classification_loss
from crack_exp.training.phase import Phase, PhaseData, PhaseStart, fit_phase, unfreeze

SIZE_PX = 8
LABELS = np.arange(33, dtype=np.int32) % 2


class Store:
    """Thirty-three images (so that the last batch is a small one), dark ones of class 0 and light ones of class 1."""

    shape, dtype = (SIZE_PX, SIZE_PX, 3), np.dtype(np.uint8)
    images = (
        np.random.default_rng(0).integers(0, 80, (33, SIZE_PX, SIZE_PX, 3)) + 120 * LABELS[:, None, None, None]
    ).astype(np.uint8)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        return self.images[indices]


def backbone(input_tensor: Any, include_top: bool, weights: None) -> keras.Model:
    features = keras.layers.Conv2D(4, 3, name="conv")(input_tensor)
    features = keras.layers.BatchNormalization(name="norm")(features)
    return keras.Model(keras.utils.get_source_inputs(input_tensor), features, name="tiny")


def part_cpu() -> None:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


def train(distribution: str) -> dict[str, Any]:
    store: Any = Store()
    everyone = np.arange(33)
    with session(precision="float32", distribution=distribution, seed=1) as devices:
        layers = [keras.layers.RandomFlip(), keras.layers.RandomContrast(0.2, value_range=(0, 255))]
        batches = Batches([store], everyone, LABELS, batch_size=16, seed=1, layers=layers)
        in_order = InOrder(store, everyone, LABELS, batch_size=16).fed
        body = build_backbone(
            backbone=backbone,
            rescaling=keras.layers.Rescaling(1 / 127.5, -1),
            weights="none",
            image_size_px=SIZE_PX,
            batch_norm_momentum=0.9,
        )
        model = add_head(body, classes=2, dropout=0.2)
        loss = classification_loss("cross_entropy", 0)
        adam = keras.optimizers.Adam(0.01)
        phase = Phase("head", adam, 2, "pixels", setting="optimizer", train_batch_norm=True, loss=loss, patience=5)
        unfreeze(model, phase)
        history = fit_phase(
            model,
            phase,
            PhaseData(
                batches, InOrder(store, everyone, LABELS, batch_size=16).fed, class_weights={0: 1.0, 1: 2.0}, seed=1
            ),
            PhaseStart(history=[], checkpoint=None, loss_to_beat=None),
            callbacks=[],
            save=lambda checkpoint: None,
        )
        rows = rows_on_each(batches.fed) if keras.backend.backend() == "jax" else None
        predicted = to_deploy(model).predict(in_order, verbose=0)
        at_once = keras.ops.convert_to_numpy(model(Store.images, training=False))
    return {
        "devices": devices.devices,
        "rows on each": rows,
        "losses": [loss for record in history for loss in (record.train_loss, record.val_loss)],
        "shape": predicted.shape,
        "difference": float(np.abs(predicted - at_once).max()),
    }


def rows_on_each(fed: Any) -> list[int]:
    """How many images of each batch one device of JAX holds; all of them where no devices share it."""
    images = [fed[number][0] for number in range(len(fed))]
    return [one.sharding.shard_shape(one.shape)[0] if hasattr(one, "sharding") else len(one) for one in images]


def main() -> None:
    part_cpu()
    print(json.dumps({"two": train("mirrored"), "one": train("none")}))


if __name__ == "__main__":
    main()
