"""Images in memory, up to a limit that the machine has."""

from pathlib import Path

import pytest

from crack_exp.data.image_store import ImageStore
from crack_exp.system import memory
from crack_exp.system.errors import UserError


def test_images_that_do_not_fit_into_memory_are_refused_before_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 2_000_000_000)
    nowhere, content = [Path("nowhere.jpg")] * 1_000_000, ["0"] * 1_000_000
    with pytest.raises(UserError) as raised:
        ImageStore(nowhere, content, 100, 1e5)
    said = "data.cache_gb=100000: decoded images need 30.0 GB of memory, and 2.0 GB are free; give a lower number"
    assert str(raised.value).startswith(said)
    assert len(ImageStore(nowhere, content, 100, 0)) == 1_000_000
