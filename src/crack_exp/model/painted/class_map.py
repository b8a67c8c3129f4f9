"""Maps the painter's classes to the classes of the data."""

from collections.abc import Collection, Sequence

from crack_exp.data.intact_classes import choose_intact
from crack_exp.system.errors import UserError


def map_painted_classes(kinds: Sequence[str], class_names: Sequence[str], intact: Collection[str]) -> dict[str, str]:
    """{painter's class: class of the data}, for each of the painter's classes `kinds`.

    With equal names, each class is mapped to itself. Otherwise the intact class is mapped to the one class in `intact`,
    and all others to the one class of cracks. Raises UserError if neither is possible.
    """
    if set(kinds) == set(class_names):
        return {kind: kind for kind in kinds}
    cracked = [name for name in class_names if name not in intact]
    if len(intact) != 1 or len(cracked) != 1:
        raise UserError(
            f"model.head=painted: its classes are {', '.join(kinds)}, those of the data {', '.join(class_names)}; they "
            "must be the same, or one class without cracks and one with; join the classes, or set model.head=new"
        )
    (sound,), (crack,), sound_kinds = intact, cracked, choose_intact(list(kinds), None)
    return {kind: sound if kind in sound_kinds else crack for kind in kinds}
