"""From a YAML node with a `_target_` to the object it describes."""

from collections.abc import Callable
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate

ALLOWED = ("keras.", "crack_exp.")


def build(node: dict[str, Any], key: str, kind: type) -> Any:
    """Make the object that `node` describes; `key` names the node in errors.

    Raises ValueError where the target is not one of Keras or crack_exp (a configuration must not be able to call
    os.system), does not exist, is not of `kind`, or refuses its arguments.
    """
    check_targets(node, key)
    try:
        built = instantiate(node, _convert_="all")
    except InstantiationException as error:
        raise ValueError(f"{key}: {_cause(error)}") from error
    if not isinstance(built, kind):
        raise ValueError(f"{key}._target_={node['_target_']}: is no {kind.__module__.split('.')[0]} {kind.__name__}")
    return built


def build_later(node: dict[str, Any], key: str) -> Callable[..., Any]:
    """What `node` describes as a function that takes the arguments still missing; errors as of `build`."""
    check_targets(node, key)
    return instantiate(node, _convert_="all", _partial_=True)


def check_targets(node: Any, key: str) -> None:
    """Raise ValueError for a `_target_`, however deep in `node`, that lies outside of Keras and crack_exp."""
    if isinstance(node, list):
        for index, value in enumerate(node):
            check_targets(value, f"{key}[{index}]")
    if isinstance(node, dict):
        if "_target_" in node:
            _check_target(str(node["_target_"]), f"{key}._target_")
        for name, value in node.items():
            check_targets(value, f"{key}.{name}")


def _check_target(target: str, key: str) -> None:
    refusal = f"{key}={target}: must name a class of keras or crack_exp, e.g. keras.optimizers.Adam"
    if not target.startswith(ALLOWED):
        raise ValueError(refusal)
    try:
        found = get_object(target)
    except Exception as error:  # whatever an import can raise
        raise ValueError(f"{key}={target}: there is no such thing; check the spelling") from error
    # keras.utils.os.system starts with an allowed word and ends elsewhere.
    if not str(getattr(found, "__module__", "")).startswith(ALLOWED):
        raise ValueError(refusal)


def _cause(error: InstantiationException) -> str:
    """What the target itself said, without Hydra's frame round it."""
    cause = error.__cause__
    return " ".join(str(cause if cause is not None else error).split())
