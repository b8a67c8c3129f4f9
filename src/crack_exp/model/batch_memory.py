"""How much memory a batch takes, before it is taken."""

import math

import keras

from crack_exp.system.memory import check_memory

BYTES = {"uint8": 1, "float16": 2, "bfloat16": 2}


def batch_bytes(model: keras.Model, images: int) -> int:
    """At least so many bytes a batch of `images` takes: those of the largest output of a layer."""
    outputs = [output for layer in model.layers for output in keras.tree.flatten(layer.output)]
    return images * max(math.prod(output.shape[1:]) * BYTES.get(output.dtype, 4) for output in outputs)


def check_batch(model: keras.Model, images: int, batch_size: int) -> None:
    """Raise UserError where a batch of `images` takes more memory than is free; batch_size: as it was set."""
    check_memory(
        batch_bytes(model, images),
        f"training.batch_size={batch_size}",
        f"batches of {images:,} images",
        "give a lower number, or a lower model.image_size_px",
    )
