"""The quickest whole run, as a newcomer types it."""

import csv
from pathlib import Path

from tests.commands import crack_exp, only_folder


def test_the_smoke_experiment_goes_through_every_step(tmp_path: Path) -> None:
    done = crack_exp("experiment=smoke", cwd=tmp_path, own_python=True)
    assert done.returncode == 0, done.stderr
    folder = only_folder(tmp_path)
    assert {"head", "fine_tune"} == {
        row["phase"] for row in csv.DictReader((folder / "history.csv").read_text().splitlines())
    }
    for said in (
        "audit:",
        "split:",
        "before training",
        "after fine-tuning",
        "test",
        "report.html",
        " ui --backend-store-uri",
    ):
        assert said in done.stdout
    assert "Traceback" not in done.stderr and "cuda" not in done.stderr
    assert "after fine-tuning" in (folder / "run.log").read_text()
