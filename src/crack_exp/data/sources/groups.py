"""Groups of images: the photo or wall that an image was cut from, read from its name."""

import re
from collections.abc import Sequence

from crack_exp.system.errors import UserError, some_of


def groups_of(names: Sequence[str], group_pattern: str | None) -> list[str]:
    """The group of each name: the first capture group of the pattern in it, or the whole match.

    Without a pattern every image is its own group. Raises UserError if the pattern is not a regular expression or does
    not match a name.
    """
    if group_pattern is None:
        return list(names)
    pattern = _compiled(group_pattern)
    groups = [_found(pattern.search(name)) for name in names]
    unmatched = [name for name, group in zip(names, groups, strict=True) if not group]
    if unmatched:
        raise UserError(
            f"data.group_pattern: '{group_pattern}' finds nothing in {len(unmatched):,} of {len(names):,} "
            f"image names ({some_of(unmatched)}); "
            "it has to name a group for every image"
        )
    return groups


def _compiled(group_pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(group_pattern)
    except re.error as error:
        raise UserError(
            f"data.group_pattern: '{group_pattern}' is not a regular expression ({error}); "
            r"write e.g. '(\d+)-' for wall/7073-12.jpg"
        ) from None


def _found(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    return match.group(1 if match.re.groups else 0) or ""
