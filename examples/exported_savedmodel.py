"""Predict photos with a SavedModel that crack_exp.export wrote; nothing of crack_exp is needed.

pip install numpy pillow tensorflow
python exported_savedmodel.py FOLDER photo.jpg ...        FOLDER: the one that crack_exp.export named
"""

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

folder, *photos = sys.argv[1:]
card = json.loads(Path(folder, "model_card.json").read_text())
size = card["image_size_px"]
model = tf.saved_model.load(str(Path(folder, "model")))
# .signatures["any_size"] takes photos of any size, uint8 (1, height, width, 3), and resizes them itself.
compute = model.signatures["serving_default"]
for name in photos:
    with Image.open(name) as file:  # of 8 bits; scale 16-bit grey by 255 / card["white_level"] before
        file.draft(None, (2 * size, 2 * size))  # a large JPEG is decoded at a smaller size, as in training
        photo = ImageOps.exif_transpose(file).convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    probabilities = compute(pixels=tf.constant(np.asarray(photo)[None]))["probabilities"].numpy()[0]
    of_class = dict(zip(card["class_names"], map(float, probabilities), strict=True))
    label = max(of_class, key=lambda one: of_class[one])
    score = 1 - sum(of_class[intact] for intact in card["intact"])
    print(f"{name}: {label}, crack score {score:.4f}, {'crack' if score >= card['threshold'] else 'no crack'}")
