"""Pillow's antialiased bilinear resizing as TensorFlow operations, for models that take images of any size.

TensorFlow's own differs by a grey level in some pixels, which changed the decision for 1 of 100 photos of walls.
"""

from typing import Any

BITS = 22
"""Pillow rounds its weights to so many bits behind the point, and each of its two passes to whole grey levels."""


def resize_inside(pixels: Any, side_px: int) -> Any:
    """uint8 (n, H, W, 3) to uint8 (n, S, S, 3), each pixel as Pillow computes it.

    But for images whose height shrinks much more than their width: Pillow 13 begins with the rows of these, and some
    pixels differ by a grey level. Upright photos of cameras, 4:3 or 3:2, are not among them.
    """
    import tensorflow as tf

    height, width = tf.shape(pixels)[1], tf.shape(pixels)[2]
    narrow = _pass("sw,nhwc->nhsc", _weights(width, side_px), pixels)
    resized = _pass("sh,nhwc->nswc", _weights(height, side_px), narrow)
    return tf.ensure_shape(resized, (None, side_px, side_px, 3))


def _weights(length: Any, side_px: int) -> Any:
    """float64 (S, length): whole numbers, the shares of all pixels in each resized one in units of 1 / 2**BITS."""
    import tensorflow as tf

    scale = tf.cast(length, tf.float64) / side_px
    support = tf.maximum(scale, 1.0)
    center = (tf.range(side_px, dtype=tf.float64)[:, None] + 0.5) * scale
    position = tf.range(tf.cast(length, tf.float64), dtype=tf.float64)[None]
    near = (position >= tf.floor(center - support + 0.5)) & (position < tf.floor(center + support + 0.5))
    weights = tf.maximum(1.0 - tf.abs((position - center + 0.5) * (1.0 / support)), 0.0) * tf.cast(near, tf.float64)
    weights /= tf.reduce_sum(weights, axis=1, keepdims=True)
    return tf.floor(weights * 2**BITS + 0.5)


def _pass(sums: str, weights: Any, pixels: Any) -> Any:
    """Exact: the sums are whole numbers, far below 2**53."""
    import tensorflow as tf

    found = tf.einsum(sums, weights, tf.cast(pixels, tf.float64))
    return tf.cast(tf.clip_by_value(tf.floor((found + 2 ** (BITS - 1)) / 2**BITS), 0.0, 255.0), tf.uint8)
