"""From a YAML node with a `_target_` to the object it describes."""

from collections.abc import Callable, Iterator
from inspect import isclass
from pydoc import locate
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate

from crack_exp.system.errors import UserError

ALLOWED = ("keras.", "crack_exp.")


def build(node: Any, key: str, kind: type) -> Any:
    """Make the object of class `kind` that `node` describes; `key` names the node in errors.

    Raises UserError where the target, or one further inside, is not a class of Keras or crack_exp (a configuration
    must not be able to call os.system, nor a function of Keras that writes files), where the outer one is no `kind`,
    or where it refuses its arguments.
    """
    target = _find(node, key)
    if not (isclass(target) and issubclass(target, kind)):
        raise UserError(f"{key}._target_={node['_target_']}: is no {kind.__name__}; name a class of that kind")
    _check_inside(node, key)
    return _made(lambda: instantiate(node, _convert_="all"), key)


def build_later(node: Any, key: str) -> Callable[..., Any]:
    """What `node` describes, a class or a function, as a function that takes the arguments still missing.

    Raises UserError as `build` does, for refused arguments when called.
    """
    _find(node, key)
    _check_inside(node, key)
    deferred = _made(lambda: instantiate(node, _convert_="all", _partial_=True), key)
    return lambda **missing: _made(lambda: deferred(**missing), key)


def _check_inside(node: dict[str, Any], key: str) -> None:
    """Raise UserError for a target below `node` that is not an allowed class, and for Hydra's own switches.

    `_args_`, for one, would hand over numbers without a name, past the check of their range.
    """
    for name, value in node.items():
        if name.startswith("_") and name != "_target_":
            raise UserError(f"{key}.{name}: no such setting; give arguments by their names")
        for inner, at in _dicts(value, f"{key}.{name}"):
            if "_target_" in inner and not isclass(_find(inner, at)):
                raise UserError(_not_allowed(inner["_target_"], at))
            _check_inside(inner, at)


def _dicts(value: Any, key: str) -> Iterator[tuple[dict[str, Any], str]]:
    """`value` where it is a dict, or the dicts in a list of them however deep, each with its key."""
    if isinstance(value, dict):
        yield value, key
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _dicts(one, f"{key}[{index}]")


def _find(node: Any, key: str) -> Any:
    """What the `_target_` of `node` names."""
    if not isinstance(node, dict) or "_target_" not in node:
        raise UserError(f"{key}={node}: lacks a _target_, the class to build, e.g. _target_: keras.optimizers.Adam")
    target = str(node["_target_"])
    if not target.startswith(ALLOWED):
        raise UserError(_not_allowed(target, key))
    try:
        found = locate(target)
    except Exception as error:  # whatever an import can raise
        raise UserError(f"{key}._target_={target}: cannot be imported ({' '.join(str(error).split())})") from error
    if found is None:
        raise UserError(f"{key}._target_={target}: there is no such thing; check the spelling")
    # keras.src.utils.file_utils.os.system starts with an allowed word and ends elsewhere.
    if not callable(found) or not str(getattr(found, "__module__", "")).startswith(ALLOWED):
        raise UserError(_not_allowed(target, key))
    return found


def _not_allowed(target: object, key: str) -> str:
    return f"{key}._target_={target}: must name a class of keras or crack_exp, e.g. keras.optimizers.Adam"


def _made(make: Callable[[], Any], key: str) -> Any:
    """What `make` makes. Raises UserError with what the target itself said, without Hydra's frame round it."""
    try:
        return make()
    except (InstantiationException, TypeError, ValueError) as error:
        said = error.__cause__ if isinstance(error, InstantiationException) and error.__cause__ else error
        raise UserError(f"{key}: {' '.join(str(said).split())}") from error
