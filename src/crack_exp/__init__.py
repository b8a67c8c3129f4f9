"""Train, compare and use image classifiers for cracks in concrete."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crack_exp.predict import load_model

__all__ = ["load_model"]


def __getattr__(name: str) -> Any:
    """`crack_exp.load_model`, imported when it is asked for: the package itself takes no time to import."""
    if name == "load_model":
        from crack_exp.predict import load_model

        return load_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
