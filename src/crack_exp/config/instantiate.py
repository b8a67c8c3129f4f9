"""From a node with a `_target_` to the object it describes: no more than the place needs, which a list names."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import isclass
from pydoc import locate
from typing import Any

from crack_exp.config.overrides import ALLOW_CODE
from crack_exp.system.errors import UserError, shown

TARGET = "_target_"


@dataclass(frozen=True)
class Kind:
    """What may be built in one place of the settings.

    name: of one, in words; known: {what `_target_` may be: the class or function}; own: what a class of the user's own
    derives from there, None where any function will do; inside: what may be built among its arguments, if anything.
    """

    name: str
    known: Mapping[str, Callable[..., Any]]
    own: type | None
    inside: "Kind | None"


def build(node: Any, key: str, kind: Kind, allow_code: Sequence[str] = ()) -> Any:
    """Make the object of this `kind` that `node` describes; `key` names the node in errors.

    allow_code: packages of the user's own, whose classes are allowed as well.
    Raises UserError where the target, or one among its arguments, is not on the list of its kind, and where it refuses
    its arguments.
    """
    return build_later(node, key, kind, allow_code)()


def build_later(node: Any, key: str, kind: Kind, allow_code: Sequence[str] = ()) -> Callable[..., Any]:
    """What `node` describes, a class or a function, as a function that takes the arguments still missing.

    Raises UserError as `build` does, for refused arguments when called.
    """
    target = _find(node, key, kind, allow_code)
    if wrong := [name for name in node if not isinstance(name, str) or (name.startswith("_") and name != TARGET)]:
        raise UserError(f"{key}.{shown(wrong[0])}: no such setting; give arguments by their names")
    arguments = {
        name: _argument(value, f"{key}.{name}", kind.inside, allow_code)
        for name, value in node.items()
        if name != TARGET
    }

    def make(**missing: Any) -> Any:
        try:
            return target(**arguments, **missing)
        except Exception as error:  # a class of Keras can raise any for an argument that it did not expect
            raise UserError(f"{key}: {error}") from error

    return make


def _argument(value: Any, key: str, inside: Kind | None, allow_code: Sequence[str]) -> Any:
    """Raises UserError for a dict that is no node: from some of these Keras would make an object of any class."""
    if isinstance(value, list):
        return [_argument(one, f"{key}[{index}]", inside, allow_code) for index, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if inside is None:
        raise UserError(f"{key}={shown(value)}: must be a number, a text, true, false, or a list of these")
    return build(value, key, inside, allow_code)


def _find(node: Any, key: str, kind: Kind, allow_code: Sequence[str]) -> Callable[..., Any]:
    """What the `_target_` of `node` names."""
    if not isinstance(node, dict) or TARGET not in node:
        raise UserError(f"{key}={shown(node)}: lacks a {TARGET}, e.g. {TARGET}: {_example(kind)}")
    target = str(node[TARGET])
    if target in kind.known:
        return kind.known[target]
    if target.partition(".")[0] in allow_code:
        return _own(target, key, kind)
    raise UserError(f"{key}.{TARGET}={shown(target)}: {_refusal(target, kind)}")


def _refusal(target: str, kind: Kind) -> str:
    package = target.partition(".")[0]
    if near := get_close_matches(target, kind.known, n=1):
        return f"is no {kind.name}; did you mean {near[0]}?"
    allowed = f"must name a known {kind.name}, e.g. {_example(kind)}"
    if "." in target and package.isidentifier() and package not in {"keras", "crack_exp", *sys.stdlib_module_names}:
        return f"{allowed}; code of your own is allowed by {ALLOW_CODE}=[{package}] on the command line"
    return allowed


def _example(kind: Kind) -> str:
    return next(iter(kind.known))


def _own(target: str, key: str, kind: Kind) -> Callable[..., Any]:
    """A class or function of a package that the user allowed. Raises UserError where there is no such thing."""
    at = f"{key}.{TARGET}={shown(target)}"
    try:
        found = locate(target)
    except Exception as error:  # whatever an import can raise
        raise UserError(f"{at}: cannot be imported ({error})") from error
    if found is None:
        raise UserError(f"{at}: there is no such thing; check the spelling, and that Python finds the package")
    if not callable(found) or (kind.own and not (isclass(found) and issubclass(found, kind.own))):
        raise UserError(f"{at}: is no {kind.name}")
    # my_package.os.system begins with an allowed word and ends elsewhere.
    if str(getattr(found, "__module__", "")).partition(".")[0] != target.partition(".")[0]:
        raise UserError(f"{at}: is defined elsewhere; name it where it is defined")
    return found
