"""What the painter's classes are among those of the data."""

from collections.abc import Collection, Sequence

from crack_exp.data.intact_classes import choose_intact
from crack_exp.system.errors import UserError


def map_painted_classes(kinds: Sequence[str], class_names: Sequence[str], intact: Collection[str]) -> dict[str, str]:
    """The class of the data that each of the painter's `kinds` belongs to.

    Equal names belong together. Otherwise the intact kind belongs to the one class in `intact`, and every kind of
    crack to the one class beside it. Raises UserError where neither can be.
    """
    if set(kinds) == set(class_names):
        return {kind: kind for kind in kinds}
    cracked = [name for name in class_names if name not in intact]
    if len(intact) != 1 or len(cracked) != 1:
        raise UserError(
            f"model.head=painted: tells {', '.join(kinds)}, and the data's classes are {', '.join(class_names)}; they "
            "have to be those, or one class without cracks and one with; join the classes, or say model.head=new"
        )
    (sound,), (crack,), sound_kinds = intact, cracked, choose_intact(list(kinds), None)
    return {kind: sound if kind in sound_kinds else crack for kind in kinds}
