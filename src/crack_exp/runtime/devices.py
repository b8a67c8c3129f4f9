"""The devices of a machine, and the dtype policies that are fast on them."""

from dataclasses import dataclass

from crack_exp.system.errors import UserError

Capability = tuple[int, int]


@dataclass(frozen=True)
class Devices:
    """The available devices, with the backend's names, and the dtype policies that are fast on them.

    model: product names of the GPUs, empty on a CPU. precisions: float32 first.
    """

    names: list[str]
    model: str
    precisions: list[str]

    @property
    def are_gpus(self) -> bool:
        return bool(self.model)


def allowed_precisions(capabilities: list[Capability]) -> list[str]:
    """The dtype policies to try on GPUs with these CUDA compute capabilities; an empty list means a CPU.

    bfloat16 from 8.0 on, float16 from 7.0 on (tensor cores). No backend has a fast float16 on a CPU.
    """
    if not capabilities:
        return ["float32", "mixed_bfloat16"]
    least_capability = {"mixed_bfloat16": (8, 0), "mixed_float16": (7, 0)}
    return ["float32", *(name for name, needed in least_capability.items() if min(capabilities) >= needed)]


def is_mirrored(requested: str, devices: Devices, backend: str) -> bool:
    """Whether the model is mirrored on all devices, as `runtime.distribution` requests; auto: on several GPUs.

    Raises UserError if mirroring is requested and there is a single device.
    """
    if requested == "mirrored" and len(devices.names) < 2:
        raise UserError(
            f"runtime.distribution=mirrored: {backend} sees a single device, {devices.names[0]}; "
            "use runtime.distribution=auto"
        )
    return requested == "mirrored" or (requested == "auto" and devices.are_gpus and len(devices.names) > 1)


def cannot_share(images: int, batch_size: int, devices: int) -> UserError:
    """The error of a batch size with which a device would have no image."""
    return UserError(
        f"training.batch_size={batch_size}: cannot divide {images} images among {devices} devices; "
        "choose a larger one, or runtime.distribution=none"
    )


def refuse_mirrored(requested: str, devices: Devices, backend: str) -> None:
    """Raise UserError where several devices are required of a backend that trains on one here."""
    if is_mirrored("none" if requested == "auto" else requested, devices, backend):
        raise UserError(
            f"runtime.distribution=mirrored: with {backend} a run uses one device; use runtime.distribution=auto, or "
            "KERAS_BACKEND=tensorflow"
        )
