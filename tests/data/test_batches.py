"""Batches: each image once per epoch, in an order and with augmentation that depend on seed and epoch only."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from crack_exp.data.augmentation import check_layers
from crack_exp.data.batches import Batches, InOrder, reading_errors_raised
from crack_exp.data.image_io import read_resized
from crack_exp.data.image_store import ImageStore
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256

SIZE_PX = 8
BYTES_OF_ONE_IMAGE = SIZE_PX * SIZE_PX * 3


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eleven images, image n all of brightness 20 n with a black corner."""
    folder = tmp_path_factory.mktemp("images")
    for number in range(11):
        pixels = np.full((SIZE_PX, SIZE_PX, 3), 20 * number, np.uint8)
        pixels[:2, :2] = 0
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def store(paths: list[Path]) -> ImageStore:
    return store_of(paths, cache_gb=1.0)


def store_of(paths: Sequence[Path], cache_gb: float) -> ImageStore:
    return ImageStore(paths, [file_sha256(path) for path in paths], SIZE_PX, cache_gb)


def batches(store: ImageStore, seed: int = 1, layers: Sequence[keras.Layer] = ()) -> Batches:
    """Batches of four from all images. The label of an image is its number."""
    numbers = np.arange(len(store))
    return Batches([store], numbers, numbers, batch_size=4, seed=seed, layers=layers)


def epoch_of(of: Batches, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    of.set_epoch(epoch)
    images, labels = zip(*of, strict=True)
    assert [len(batch) for batch in labels] == [4, 4, 3]
    return np.concatenate(images), np.concatenate(labels)


class Darker:
    """A store of the same images, all of them brighter by 9 and then darker by a number."""

    def __init__(self, store: ImageStore, by: int) -> None:
        self.store, self.by, self.shape, self.dtype = store, by, store.shape, store.dtype

    def __len__(self) -> int:
        return len(self.store)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        return self.store[indices] + np.uint8(9 - self.by)


def shifts() -> list[keras.Layer]:
    return [
        keras.layers.RandomFlip("horizontal_and_vertical"),
        keras.layers.RandomBrightness(0.5, value_range=(0, 255)),
        keras.layers.RandomContrast(0.5, value_range=(0, 255)),
    ]


def test_every_image_occurs_once_per_epoch_with_its_label(store: ImageStore) -> None:
    images, labels = epoch_of(batches(store), epoch=0)
    assert sorted(labels) == list(range(11))
    np.testing.assert_array_equal(images[:, -1, -1, 0], 20 * labels)
    assert (images.dtype, labels.dtype) == (np.uint8, np.int32)


def test_the_order_depends_on_seed_and_epoch_only(store: ImageStore) -> None:
    first = batches(store)
    orders = [tuple(epoch_of(first, epoch)[1]) for epoch in (0, 1, 2)]
    assert len(set(orders)) == 3
    # A resumed run starts with epoch 2.
    assert tuple(epoch_of(batches(store), 2)[1]) == orders[2]
    assert tuple(epoch_of(first, 0)[1]) == orders[0]
    assert tuple(epoch_of(batches(store, seed=2), 0)[1]) != orders[0]


def test_augmentation_depends_on_seed_and_epoch_only(store: ImageStore) -> None:
    first, second = batches(store, layers=shifts()), batches(store, layers=shifts())
    epoch_of(first, 0)
    np.testing.assert_array_equal(epoch_of(first, 1)[0], epoch_of(second, 1)[0])


def test_keras_is_fed_the_same_batches_in_every_epoch(store: ImageStore) -> None:
    fed, passed = batches(store, layers=shifts()), batches(store, layers=shifts())
    dataset = fed.fed
    for epoch in (2, 0, 0):
        fed.set_epoch(epoch)
        images, labels = (np.concatenate(part) for part in zip(*dataset.as_numpy_iterator(), strict=True))
        expected_images, expected_labels = epoch_of(passed, epoch)
        np.testing.assert_array_equal(labels, expected_labels)
        # A graph may round a contrast otherwise than single operations do.
        np.testing.assert_allclose(images.astype(int), expected_images.astype(int), atol=1)


def test_a_pass_that_was_broken_off_does_not_change_the_next_one(store: ImageStore) -> None:
    looked_at, whole = batches(store, layers=shifts()), batches(store, layers=shifts())
    looked_at[0], looked_at[1]  # some backends look at the shapes of the first batches
    np.testing.assert_array_equal(epoch_of(looked_at, 1)[0], epoch_of(whole, 1)[0])
    np.testing.assert_array_equal(looked_at[2][1], whole[2][1])  # in any order


def test_another_epoch_or_seed_gives_other_augmentation(store: ImageStore) -> None:
    first, other_seed = batches(store, layers=shifts()), batches(store, seed=2, layers=shifts())
    passes = [epoch_of(first, 0), epoch_of(first, 1), epoch_of(other_seed, 0)]
    same_order = {images[np.argsort(labels)].tobytes() for images, labels in passes}
    assert len(same_order) == 3


def test_augmented_images_are_clipped_to_0_to_255(store: ImageStore) -> None:
    brighter = keras.layers.RandomBrightness((1.0, 1.0), value_range=(0, 1000))
    darker = keras.layers.RandomBrightness((-1.0, -1.0), value_range=(-1000, 255))
    for layer, expected in ((brighter, 255), (darker, 0)):
        images, _ = epoch_of(batches(store, layers=[layer]), 0)
        assert images.dtype == np.uint8
        assert (images == expected).all()


def test_without_layers_the_pixels_are_those_of_the_files(store: ImageStore, paths: list[Path]) -> None:
    images, labels = epoch_of(batches(store), 0)
    for image, label in zip(images, labels, strict=True):
        np.testing.assert_array_equal(image, read_resized(paths[label], SIZE_PX))


def test_epochs_take_several_stores_in_turn(store: ImageStore) -> None:
    darker = [Darker(store, by) for by in (0, 1, 2)]
    numbers = np.arange(len(store))
    of = Batches(darker, numbers, numbers, batch_size=4, seed=1, layers=[])
    for epoch in (0, 1, 2, 3, 7):
        images, labels = epoch_of(of, epoch)
        np.testing.assert_array_equal(images[:, -1, -1, 0], 20 * labels + 9 - epoch % 3)


def test_validation_images_are_in_order_and_not_augmented(store: ImageStore, paths: list[Path]) -> None:
    chosen = np.array([7, 2, 9, 0, 4])
    batches = InOrder(store, chosen, chosen, batch_size=2)
    for _ in range(2):
        images, labels = (np.concatenate(part) for part in zip(*batches, strict=True))
        np.testing.assert_array_equal(labels, chosen)
        np.testing.assert_array_equal(images, [read_resized(paths[number], SIZE_PX) for number in chosen])


def test_a_batch_count_is_known_before_the_first_pass(store: ImageStore) -> None:
    assert len(batches(store)) == 3
    assert len(InOrder(store, np.arange(4), np.arange(4), batch_size=4)) == 1


@pytest.mark.parametrize("fitting", [0, 5, 11])
def test_images_beyond_the_cache_limit_are_decoded_again(
    fitting: int, paths: list[Path], store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []

    def counted(path: Path, size_px: int, **how: Any) -> np.ndarray:
        decoded.append(path)
        return read_resized(path, size_px, **how)

    monkeypatch.setattr("crack_exp.data.image_store.read_resized", counted)
    tight = store_of(paths, cache_gb=(fitting + 0.5) * BYTES_OF_ONE_IMAGE / 1e9)
    assert sorted(decoded) == paths[:fitting]
    decoded.clear()
    for _ in range(2):
        images, labels = epoch_of(batches(tight, layers=shifts()), 3)
        assert sorted(decoded) == paths[fitting:]
        decoded.clear()
    expected_images, expected_labels = epoch_of(batches(store, layers=shifts()), 3)
    np.testing.assert_array_equal(labels, expected_labels)
    np.testing.assert_array_equal(images, expected_images)


@pytest.fixture
def changed(paths: list[Path], tmp_path: Path) -> tuple[list[Path], list[str]]:
    """Two images, and their contents as they were before the second one was painted over."""
    copies = [Path(shutil.copy(path, tmp_path)) for path in paths[1:3]]
    contents = [file_sha256(copy) for copy in copies]
    shutil.copy(paths[9], copies[1])
    return copies, contents


def test_an_image_that_changed_since_it_was_checked_is_not_kept(changed: tuple[list[Path], list[str]]) -> None:
    with pytest.raises(UserError, match=r"02\.png: the file has changed since it was checked, while the program ran"):
        ImageStore(*changed, SIZE_PX, cache_gb=1.0)


def test_an_image_that_changes_during_training_stops_it_with_one_sentence(
    changed: tuple[list[Path], list[str]],
) -> None:
    store, numbers = ImageStore(*changed, SIZE_PX, cache_gb=0.0), np.arange(2)
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    batches = InOrder(store, numbers, numbers, batch_size=2)
    for use in (partial(model.fit, shuffle=False), model.predict):
        with pytest.raises(UserError, match=r"02\.png: the file has changed [^\n]*$"), reading_errors_raised():
            use(batches.fed, verbose=0)


def test_the_cache_limit_is_respected(paths: list[Path]) -> None:
    two_and_a_half = store_of(paths, cache_gb=2.5 * BYTES_OF_ONE_IMAGE / 1e9)
    assert two_and_a_half._cached.nbytes == 2 * BYTES_OF_ONE_IMAGE


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (keras.layers.CenterCrop(4, 4), r"augment\.layers\[1\]: CenterCrop gives \(4, 4, 3\) for .*\(8, 8, 3\)"),
        (keras.layers.Dense(2, kernel_initializer="zeros"), r"augment\.layers\[1\]: Dense gives \(8, 8, 2\)"),
        (
            keras.layers.Reshape((5,)),
            r"augment\.layers\[1\]: Reshape fails \(The total size of the tensor must be unchanged\.",
        ),
    ],
)
def test_an_unsuitable_layer_is_refused_before_training(layer: keras.Layer, message: str, store: ImageStore) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        batches(store, layers=[keras.layers.RandomFlip(), layer])
    assert "\n" not in str(raised.value)


def test_augmentation_works_in_16_bits_too(store: ImageStore) -> None:
    before = keras.config.dtype_policy()
    for policy in ("mixed_float16", "mixed_bfloat16"):
        keras.config.set_dtype_policy(policy)
        try:
            layers = shifts()
            check_layers(layers, (SIZE_PX, SIZE_PX, 3))
        finally:
            keras.config.set_dtype_policy(before)
        images, _ = epoch_of(batches(store, layers=layers), 0)
        assert images.dtype == np.uint8
