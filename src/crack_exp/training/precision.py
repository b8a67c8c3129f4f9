"""`runtime.precision=auto`: chooses the fastest precision, which is measured once per machine and stored."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import keras

from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.freezing import train_from
from crack_exp.model.fused_batch_norm import with_fused_batch_norm
from crack_exp.runtime.backend import find_devices
from crack_exp.runtime.devices import Devices
from crack_exp.runtime.session import session
from crack_exp.system.cache_dir import PRECISIONS, cache_dir
from crack_exp.system.checksums import checked_file, read_checked
from crack_exp.system.cores import all_cores
from crack_exp.system.locks import exclusive_lock
from crack_exp.system.machine import cpu_model, package_version
from crack_exp.system.timing import timed
from crack_exp.training.step_timing import Timing, fastest, time_steps

VERSION = 3  # of the measurement
BATCH_SIZE, BATCH_SIZE_OF_GPUS = 64, 1024

log = logging.getLogger(__name__)


def _frozen(network: keras.Model) -> keras.Model:
    train_from(network, network.layers[0].name, train_batch_norm=False)
    return with_folded_batch_norm(network)


def _unchanged(network: keras.Model) -> keras.Model:
    return network


KINDS: dict[str, Callable[[keras.Model], keras.Model]] = {
    "frozen": _frozen,
    "trained": _unchanged,
    "fused": with_fused_batch_norm,
}
"""Batch normalisation in training: frozen and folded, trained, or trained with a fused kernel."""


@dataclass(frozen=True)
class Precision:
    """The dtype policy, and the timings by which it was chosen; empty if the user named it."""

    name: str
    timings: dict[str, Timing]

    @property
    def measured(self) -> str:
        """'float32 95 ms, mixed_bfloat16 63 ms (outputs 0.8 % apart)', by training step."""
        return ", ".join(f"{name} {of.step_ms:.0f} ms{_difference(name, of)}" for name, of in self.timings.items())


def choose_precision(requested: str, *, batch_norm: str) -> Precision:
    """The `requested` precision, or with "auto" the fastest on this machine; batch_norm: one of KINDS.

    It is measured once for each kind, in a few seconds, and again with another Keras, backend or device.
    """
    if requested != "auto":
        return Precision(requested, {})
    devices = find_devices()
    if len(devices.precisions) == 1:
        return Precision(devices.precisions[0], {})
    facts = _facts(devices, batch_norm)
    with timed("precision"):
        timings = _cached_or_measured(_file_of(facts), facts, lambda: _measure(devices, batch_norm))
    chosen = Precision(fastest(timings), timings)
    log.info("runtime.precision: %s; a training step takes %s", chosen.name, chosen.measured)
    return chosen


def _measure(devices: Devices, batch_norm: str) -> dict[str, Timing]:
    log.info("runtime.precision: measuring, once on this machine")
    batch_size = BATCH_SIZE_OF_GPUS if devices.are_gpus else BATCH_SIZE
    with session(precision="float32", distribution="none", seed=0):
        return time_steps(devices.precisions, KINDS[batch_norm], batch_size=batch_size)


def _facts(devices: Devices, batch_norm: str) -> dict[str, object]:
    """The conditions for which a measurement is valid."""
    return {
        "version": VERSION,
        "device": devices.model or f"{cpu_model()}, {all_cores()} cores",
        "precisions": devices.precisions,
        "batch_norm": batch_norm,
        "backend": f"{keras.backend.backend()} {package_version(keras.backend.backend())}",
        "keras": keras.__version__,
    }


def _file_of(facts: Mapping[str, object]) -> Path:
    name = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    return cache_dir() / PRECISIONS / f"{name}.json"


def _cached_or_measured(
    file: Path, facts: Mapping[str, object], measure: Callable[[], dict[str, Timing]]
) -> dict[str, Timing]:
    """The timings in `file`, or measured and stored there; of several processes one measures and the others wait."""
    with ExitStack() as stack:
        try:
            stack.enter_context(exclusive_lock(file.parent / "lease"))
        except OSError as error:
            log.warning("runtime.precision: measured for this run only, '%s': %s", file.parent, error.strerror)
            return measure()
        if (timings := _read(file, facts)) is None:
            _write(file, facts, timings := measure())
        return timings


def _read(file: Path, facts: Mapping[str, object]) -> dict[str, Timing] | None:
    """What was measured before for `facts`; None without a file, or with one that cannot be right."""
    try:
        kept = read_checked(file)
    except OSError:
        return None
    values = json.loads(kept) if kept is not None else {}
    timings = {name: Timing(**timing) for name, timing in values.pop("timings", {}).items()}
    if values == facts and list(timings) == facts["precisions"] and all(one.is_possible for one in timings.values()):
        return timings
    log.warning("runtime.precision: '%s' is damaged, and measured anew", file)
    return None


def _write(file: Path, facts: Mapping[str, object], timings: Mapping[str, Timing]) -> None:
    values = {name: asdict(timing) for name, timing in timings.items()}
    # If the disk is full, the next run measures again.
    with suppress(OSError), checked_file(file) as stored:
        stored.write(json.dumps({**facts, "timings": values}, indent=2).encode())


def _difference(name: str, timing: Timing) -> str:
    return "" if name == "float32" else f" (outputs {timing.difference:.1%} apart)"
