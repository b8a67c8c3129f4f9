"""The workflow of `experiment=reference` by hand, in plain Keras: what against_plain_keras.py compares with.

python benchmarks/plain_keras_reference.py --data ccic --weights imagenet --output outputs/plain
"""

import argparse
import json
import time
from pathlib import Path

import keras
import tensorflow as tf
from sklearn.model_selection import train_test_split

IMAGE_SIZE_PX = 160
BATCH_SIZE = 128
DROPOUT = 0.2
FINE_TUNE_FROM = "block_11_expand_relu"

Files = tuple[list[str], list[int]]  # paths and labels


def main() -> None:
    arguments = _arguments()
    keras.utils.set_random_seed(arguments.seed)
    class_names, splits = split_files(arguments.data, arguments.split_seed, arguments.validation, arguments.test)
    kept = not arguments.decode_in_every_epoch
    train = images(splits["train"], kept, arguments.seed).batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)
    validation, test = (
        images(splits[name], kept, None).batch(BATCH_SIZE).prefetch(1) for name in ("validation", "test")
    )

    base = keras.applications.MobileNetV2(
        input_shape=(IMAGE_SIZE_PX, IMAGE_SIZE_PX, 3), include_top=False, weights=arguments.weights
    )
    model = classifier(base, len(class_names))
    compile_with(model, keras.optimizers.Adam(1e-4))
    before = model.evaluate(validation, verbose=0, return_dict=True)
    began = time.perf_counter()
    model.fit(train, validation_data=validation, epochs=arguments.epochs, verbose=2)
    head_seconds = time.perf_counter() - began
    if not arguments.head_only:
        unfreeze(base)
        compile_with(model, keras.optimizers.RMSprop(1e-5))
        model.fit(
            train,
            validation_data=validation,
            initial_epoch=arguments.epochs,
            epochs=2 * arguments.epochs,
            verbose=2,
        )
    result = {
        "class_names": class_names,
        "validation_before": before,
        "validation": model.evaluate(validation, verbose=0, return_dict=True),
        "test": model.evaluate(test, verbose=0, return_dict=True),
        "test_images": len(splits["test"][0]),
        "head_seconds": head_seconds,
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    model.save(arguments.output / "model.keras")
    (arguments.output / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result["test"]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="one folder of images per class")
    parser.add_argument("--weights", required=True, help="of MobileNetV2 1.0: a path, or imagenet")
    parser.add_argument("--output", type=Path, required=True, help="folder for the model and result.json")
    parser.add_argument("--epochs", type=int, default=10, help="of the head, and again of fine-tuning")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split-seed", type=int, default=0)
    parser.add_argument("--validation", type=float, default=0.24, help="share of the images that choose")
    parser.add_argument("--test", type=float, default=0.06, help="share of the images that judge")
    parser.add_argument("--head-only", action="store_true", help="no fine-tuning")
    parser.add_argument("--decode-in-every-epoch", action="store_true", help="do not keep decoded images in memory")
    return parser.parse_args()


def split_files(data: Path, seed: int, validation: float, test: float) -> tuple[list[str], dict[str, Files]]:
    """Class names, and paths and labels of each split. Paths are split before any is read: no image is in two."""
    class_names = sorted(folder.name for folder in data.iterdir() if folder.is_dir())
    paths = sorted(str(file) for name in class_names for file in (data / name).iterdir())
    labels = [class_names.index(Path(path).parent.name) for path in paths]
    train, rest, train_labels, rest_labels = train_test_split(
        paths, labels, test_size=validation + test, stratify=labels, random_state=seed
    )
    choosing, judging, choosing_labels, judging_labels = train_test_split(
        rest, rest_labels, test_size=test / (validation + test), stratify=rest_labels, random_state=seed
    )
    return class_names, {
        "train": (train, train_labels),
        "validation": (choosing, choosing_labels),
        "test": (judging, judging_labels),
    }


def images(files: Files, kept: bool, shuffle_seed: int | None) -> tf.data.Dataset:
    """Single images uint8 (160, 160, 3) and labels; decoded once and `kept` in memory, or decoded in every epoch."""

    def ordered(dataset: tf.data.Dataset) -> tf.data.Dataset:
        return dataset if shuffle_seed is None else dataset.shuffle(len(files[0]), seed=shuffle_seed)

    paths = tf.data.Dataset.from_tensor_slices(files)
    if kept:
        return ordered(paths.map(read, num_parallel_calls=tf.data.AUTOTUNE).cache())
    return ordered(paths).map(read, num_parallel_calls=tf.data.AUTOTUNE)


def read(path: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    image = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    image = tf.image.resize(image, (IMAGE_SIZE_PX, IMAGE_SIZE_PX))
    return tf.cast(tf.round(image), tf.uint8), label


def classifier(base: keras.Model, classes: int) -> keras.Model:
    """A new head on the frozen `base`."""
    base.trainable = False
    inputs = keras.Input((IMAGE_SIZE_PX, IMAGE_SIZE_PX, 3))
    features = base(keras.applications.mobilenet_v2.preprocess_input(inputs), training=False)
    features = keras.layers.GlobalAveragePooling2D()(features)
    features = keras.layers.Dropout(DROPOUT)(features)
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(features))


def unfreeze(base: keras.Model) -> None:
    """Let the upper layers learn, but no BatchNormalization: its statistics would move even with training=False."""
    base.trainable = True
    start = [layer.name for layer in base.layers].index(FINE_TUNE_FROM)
    for position, layer in enumerate(base.layers):
        layer.trainable = position >= start and not isinstance(layer, keras.layers.BatchNormalization)


def compile_with(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])


if __name__ == "__main__":
    main()
