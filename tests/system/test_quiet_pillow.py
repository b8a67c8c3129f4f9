"""What Pillow says of a file without its name is not shown; what others say is."""

import io
import logging
import warnings

import pytest
from PIL import Image

from crack_exp.system.quiet_pillow import quiet_pillow


def open_cut_tiff() -> None:
    """Pillow warns of its tags, then fails."""
    with pytest.raises(Image.UnidentifiedImageError):
        Image.open(io.BytesIO(b"II*\0\x08\0\0\0\x09\0\0\1\3\0"))


def test_pillow_is_quiet_inside_and_others_are_not(caplog: pytest.LogCaptureFixture) -> None:
    filters = list(warnings.filters)
    with quiet_pillow():
        open_cut_tiff()
        logging.getLogger("PIL.TiffImagePlugin").warning("More samples per pixel than can be decoded")
        with pytest.warns(UserWarning, match="of another"):
            warnings.warn("of another", stacklevel=1)
    assert not caplog.messages and list(warnings.filters) == filters
    with pytest.warns(UserWarning, match="Corrupt EXIF data"):
        open_cut_tiff()
