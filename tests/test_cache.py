"""What runs left on this machine is shown, and deleted, by a command."""

from pathlib import Path

import numpy as np
import pytest

from crack_exp.cache import main
from crack_exp.model.feature_cache import ArrayOf, FeatureCache


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FeatureCache:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path))
    cache = FeatureCache(tmp_path / "features", 1e9)
    rows = np.zeros((5_000, 1_000), np.float16)
    for key in ("a", "b"):
        with cache.alone():
            cache.write({key: ArrayOf(rows.shape, "float16")}, [{key: rows}])
    return cache


def test_it_is_shown_with_its_size(kept: FeatureCache, capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    assert f"2 files, 0.02 GB, the least recently used goes first, in '{kept.folder}'" in capsys.readouterr().out
    assert len(kept.files()) == 2


def test_it_is_deleted_by_a_word(kept: FeatureCache, capsys: pytest.CaptureFixture[str]) -> None:
    (kept.folder.parent / "something else").write_text("stays")
    (precision := kept.folder.parent / "precisions" / "of_this_machine.json").parent.mkdir()
    precision.write_text("{}")
    main(["clear"])
    said = capsys.readouterr().out
    assert "2 files, 0.02 GB deleted from" in said and "measurements for runtime.precision=auto: 1, forgotten" in said
    assert not kept.files() and not precision.exists() and (kept.folder.parent / "something else").exists()


def test_without_any_there_is_nothing_to_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "none"))
    main([])
    assert "0 files, 0.00 GB" in capsys.readouterr().out


def test_another_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["clean"])
    assert stopped.value.code == 2 and "invalid choice: 'clean'" in capsys.readouterr().err
