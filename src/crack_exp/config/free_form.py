"""Arguments of Keras's classes, which have no schema of their own: their ranges, by name.

Keras itself takes a learning rate of -1.
"""

from collections.abc import Mapping
from typing import Any

from crack_exp.config.validators import (
    Range,
    from_to,
    from_zero_below_one,
    is_number,
    seed_of_32_bits,
    true_or_false,
    up_to_three,
    whole_from_to,
)
from crack_exp.system.errors import UserError, shown

LARGEST = 1e9
"""Of numbers without a range of their own."""

LEARNING_RATE = from_to(1e-12, 100)

OPTIMIZER_RANGES = {
    **dict.fromkeys(("learning_rate", "initial_learning_rate", "warmup_target"), LEARNING_RATE),
    "end_learning_rate": from_to(0, 100),
    **dict.fromkeys(("decay_steps", "first_decay_steps"), from_to(1, 1_000_000_000)),
    "warmup_steps": from_to(0, 1_000_000_000),
    "decay_rate": from_to(1e-9, 1000),
    "alpha": from_to(0, 1),
    **dict.fromkeys(("power", "t_mul", "m_mul"), from_to(0.001, 1000)),
    "epsilon": from_to(1e-30, 10),
    **dict.fromkeys(("clipnorm", "clipvalue", "global_clipnorm"), from_to(1e-9, 1_000_000_000)),
    **dict.fromkeys(("weight_decay", "adam_weight_decay"), from_to(0, 100)),
    **dict.fromkeys(
        ("momentum", "rho", "beta_1", "beta_2", "adam_beta_1", "adam_beta_2", "ema_momentum"), from_zero_below_one()
    ),
    "loss_scale_factor": from_to(1e-9, 1_000_000_000),
    **dict.fromkeys(("ema_overwrite_frequency", "gradient_accumulation_steps"), whole_from_to(1, 1_000_000)),
    "ns_steps": whole_from_to(1, 100),
    **dict.fromkeys(
        ("nesterov", "amsgrad", "use_ema", "centered", "staircase", "cycle", "relative_step", "exclude_embeddings"),
        true_or_false(),
    ),
}
"""Of optimizers and learning rate schedules."""

BACKBONE_RANGES = {
    "alpha": from_to(0.05, 2),
    "depth_multiplier": whole_from_to(1, 4),
    **dict.fromkeys(("dropout", "dropout_rate"), from_zero_below_one()),
    **dict.fromkeys(("minimalistic", "include_preprocessing"), true_or_false()),
}
"""Of the functions of keras.applications; a network as large as they allow still fits into memory."""

AUGMENTATION_RANGES = {
    **dict.fromkeys(("num_ops", "num_chains", "chain_depth"), whole_from_to(1, 20)),
    **dict.fromkeys(("height", "width", "kernel_size"), up_to_three(whole_from_to(1, 2048))),
    "seed": seed_of_32_bits(),
}
"""Of layers that change images."""

MAY_BE_NULL = {
    *("clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "warmup_target", "loss_scale_factor"),
    *("ema_overwrite_frequency", "gradient_accumulation_steps", "seed"),
}


def check_free_form(node: Any, key: str, ranges: Mapping[str, Range]) -> None:
    """Raise UserError for an argument out of its range in a node without a schema, however deep.

    ranges: by the argument's name. Any other number lies between -LARGEST and LARGEST.
    """
    if isinstance(node, list):
        for index, value in enumerate(node):
            check_free_form(value, f"{key}[{index}]", ranges)
    elif isinstance(node, dict):
        for name, value in node.items():
            _check_argument(name, value, f"{key}.{name}", ranges)
    elif is_number(node) and not abs(node) <= LARGEST:
        raise UserError(f"{key}={shown(node)}: must be from {-LARGEST:g} to {LARGEST:g}")


def _check_argument(name: str, value: Any, key: str, ranges: Mapping[str, Range]) -> None:
    allowed = ranges.get(name)
    if allowed is None or isinstance(value, dict):
        check_free_form(value, key, ranges)
    elif not allowed.allows(value) and not (value is None and name in MAY_BE_NULL):
        raise UserError(f"{key}={shown(value)}: must be {allowed.expected}")
