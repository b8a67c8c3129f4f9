"""Fine-tuning as PyTorch's own programs do it: MobileNetV2 in channels-last, autocast, torch.compile.

Imported by one_gpu_task.py. The network is written here, so that PyTorch alone is enough; widths are those of Keras.
"""

import time
from typing import Any

import numpy as np
import torch
from patch_classifier import patches
from torch import nn

SETTINGS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, blocks and stride of each stage (Sandler and others 2018, table 2)."""

FROZEN_BLOCKS = 11
"""Blocks that are not trained: the same as in patch_classifier.py."""

LAST = 1280


def images_per_s(given: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Images a second of fine-tuning, with the whole network computed in every step; peak memory of a GPU."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    network = mobilenet_v2(given["alpha"]).to(device, memory_format=torch.channels_last)
    freeze(network)
    step = steps_of(network, given, device)
    pixels, labels = patches(given["batch_size"], given["image_size_px"], seed=3)
    images, targets = torch.from_numpy(pixels), torch.from_numpy(labels.astype(np.int64))
    if device.type == "cuda":
        images, targets = images.pin_memory(), targets.pin_memory()
    seconds = []
    for _ in range(1 + rounds):  # the first one compiles
        began = time.perf_counter()
        for _ in range(given["steps"]):
            loss = step(images.to(device, non_blocking=True), targets.to(device, non_blocking=True))
        float(loss)  # waits for the device
        seconds.append(time.perf_counter() - began)
    rate = given["batch_size"] * given["steps"] / float(np.median(seconds[1:]))
    memory = {"peak_memory_mb": torch.cuda.max_memory_allocated() / 1e6} if device.type == "cuda" else {}
    return {"fine_tune_images_per_s": rate} | memory


def steps_of(network: nn.Module, given: dict[str, Any], device: torch.device) -> Any:
    """A training step: uint8 images (N, H, W, 3) and labels (N,) to the loss."""
    dtype = {"mixed_bfloat16": torch.bfloat16, "mixed_float16": torch.float16}.get(given["precision"])
    optimizer = torch.optim.RMSprop([one for one in network.parameters() if one.requires_grad], lr=1e-5)
    scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
    forward = torch.compile(network) if given["compiled"] is True else network
    network.eval()  # batch normalisation stays frozen, as in ours; dropout would cost next to nothing

    def step(images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        pixels = images.permute(0, 3, 1, 2).float() / 127.5 - 1  # channels-last in memory, as the images are
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=dtype, enabled=dtype is not None):
            loss = nn.functional.cross_entropy(forward(pixels), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.detach()

    return step


def mobilenet_v2(alpha: float) -> nn.Sequential:
    """Two classes. Widths are rounded to multiples of 8, as in Keras."""
    channels = rounded(32 * alpha)
    layers: list[nn.Module] = [convolution(3, channels, 3, stride=2)]
    for expansion, width, blocks, stride in SETTINGS:
        for number in range(blocks):
            layers.append(Block(channels, rounded(width * alpha), expansion, stride if number == 0 else 1))
            channels = rounded(width * alpha)
    last = rounded(LAST * alpha) if alpha > 1 else LAST
    layers.append(convolution(channels, last, 1))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(last, 2))


def freeze(network: nn.Sequential) -> None:
    for layer in list(network)[: 1 + FROZEN_BLOCKS]:
        layer.requires_grad_(False)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.requires_grad_(False)


class Block(nn.Module):
    """An inverted bottleneck."""

    def __init__(self, channels: int, width: int, expansion: int, stride: int) -> None:
        super().__init__()
        inner = channels * expansion
        expand = [convolution(channels, inner, 1)] if expansion > 1 else []
        self.layers = nn.Sequential(
            *expand,
            convolution(inner, inner, 3, stride=stride, groups=inner),
            nn.Conv2d(inner, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )
        self.is_residual = stride == 1 and channels == width

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        outputs = self.layers(inputs)
        return inputs + outputs if self.is_residual else outputs


def convolution(channels: int, width: int, size: int, *, stride: int = 1, groups: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(channels, width, size, stride, size // 2, groups=groups, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(width), nn.ReLU6())


def rounded(width: float) -> int:
    """The multiple of 8 that is nearest, but not more than a tenth smaller."""
    nearest = max(8, int(width + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * width else nearest + 8
