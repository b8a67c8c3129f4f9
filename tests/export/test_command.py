"""The command after a run: the file is checked on the test images of the run itself."""

import json
from pathlib import Path

from tests.commands import crack_exp, only_folder


def test_the_model_of_a_run_is_exported(home: Path, tiny_head: list[str]) -> None:
    assert crack_exp(*tiny_head, "training.epochs=1", cwd=home).returncode == 0
    done = crack_exp("output=exported", cwd=home, verb="export")
    assert done.returncode == 0, done.stderr
    run = json.loads((only_folder(home) / "model_card.json").read_text())
    assert json.loads((home / "exported" / "model_card.json").read_text()) == run
    report = json.loads((home / "exported" / "export.json").read_text())
    assert report["images"] == f"test images of run {run['run_id']}"
    assert run["tested_on"].startswith(f"{report['agreement']['images']} test images")
    assert report["agreement"]["changed"] == 0
    assert "the model in Keras" in done.stdout and "exported_savedmodel.py exported photo.jpg" in done.stdout
    assert done.stderr == ""
    again = crack_exp("output=exported", cwd=home, verb="export")
    assert again.returncode == 1 and again.stderr.count("\n") == 1 and "overwrite=true" in again.stderr
