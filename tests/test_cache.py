"""The command that shows and deletes the cache."""

from pathlib import Path

import numpy as np
import pytest

from crack_exp.cache import main
from crack_exp.model.feature_cache import ArraySpec, FeatureCache


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FeatureCache:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path))
    cache = FeatureCache(tmp_path / "features", 1e9)
    rows = np.zeros((5_000, 1_000), np.float16)
    for key in ("a", "b"):
        with cache.exclusive():
            cache.write({key: ArraySpec(rows.shape, "float16")}, [{key: rows}])
    return cache


def test_the_cache_is_shown_with_its_size(kept: FeatureCache, capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    assert f"2 files, 0.02 GB (the least recently used are deleted first) in '{kept.folder}'" in capsys.readouterr().out
    assert len(kept.files()) == 2


def test_clear_deletes_the_cache(kept: FeatureCache, capsys: pytest.CaptureFixture[str]) -> None:
    (kept.folder.parent / "something else").write_text("stays")
    (precision := kept.folder.parent / "precisions" / "of_this_machine.json").parent.mkdir()
    precision.write_text("{}")
    main(["clear"])
    output = capsys.readouterr().out
    assert "2 files, 0.02 GB deleted from" in output and "measurements for runtime.precision=auto: 1, deleted" in output
    assert not kept.files() and not precision.exists() and (kept.folder.parent / "something else").exists()


def test_an_empty_cache_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "none"))
    main([])
    assert "0 files, 0.00 GB" in capsys.readouterr().out


def test_an_unknown_action_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["clean"])
    assert stopped.value.code == 2 and "invalid choice: 'clean'" in capsys.readouterr().err
