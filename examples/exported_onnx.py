"""Predict photos with an ONNX file that crack_exp.export wrote; nothing of crack_exp is needed.

pip install numpy pillow onnxruntime
python exported_onnx.py FOLDER photo.jpg ...        FOLDER: the one that crack_exp.export named
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

folder, *photos = sys.argv[1:]
card = json.loads(Path(folder, "model_card.json").read_text())
size = card["image_size_px"]
session = onnxruntime.InferenceSession(Path(folder, "model.onnx"), providers=["CPUExecutionProvider"])
for name in photos:
    with Image.open(name) as file:  # of 8 bits; scale 16-bit grey by 255 / card["white_level"] before
        file.draft(None, (2 * size, 2 * size))  # a large JPEG is decoded at a smaller size, as in training
        photo = ImageOps.exif_transpose(file).convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    probabilities = session.run(["probabilities"], {"pixels": np.asarray(photo)[None]})[0][0]
    of_class = dict(zip(card["class_names"], map(float, probabilities), strict=True))
    label = max(of_class, key=lambda one: of_class[one])
    score = 1 - sum(of_class[intact] for intact in card["intact"])
    print(f"{name}: {label}, crack score {score:.4f}, {'crack' if score >= card['threshold'] else 'no crack'}")
