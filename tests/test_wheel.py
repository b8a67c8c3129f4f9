"""The package as others install it."""

import subprocess
import sys
from pathlib import Path

from tests.commands import REPOSITORY, only_folder, python
from tests.deployed_models import grey_images

FIVE_LINES = """
from crack_exp import load_model
model = load_model("latest")
for verdict in model.predict(["a.jpg", "b.jpg"]):
    print(verdict.name, verdict.label, verdict.crack_score, verdict.is_crack)
"""


def test_the_wheel_runs_outside_of_the_checkout(tiny_head: list[str], tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(tmp_path), str(REPOSITORY)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site, home = tmp_path / "site", tmp_path / "home"
    home.mkdir()
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)], check=True)
    program = f"""
import sys
sys.path.insert(0, {str(site)!r})
import crack_exp
assert crack_exp.__file__.startswith({str(site)!r})
from crack_exp import run
sys.argv = ["run", *{tiny_head!r}]
run.main()
{FIVE_LINES}
"""
    grey_images(home, {"a.jpg": 40, "b.jpg": 220})
    done = python(program, home)
    assert done.returncode == 0, done.stderr
    verdicts = [line.split() for line in done.stdout.splitlines()[-2:]]
    assert [name for name, *_ in verdicts] == ["a.jpg", "b.jpg"]
    assert all(0 <= float(score) <= 1 and decision in ("True", "False") for *_, score, decision in verdicts)
    assert (only_folder(home) / "predictions.csv").exists()
    assert (site / "crack_exp" / "py.typed").exists()
    weights = Path("model", "painted", "shipped")
    installed, own = site / "crack_exp" / weights, REPOSITORY / "src" / "crack_exp" / weights
    assert {path.name: path.read_bytes() for path in installed.iterdir()} == {
        path.name: path.read_bytes() for path in own.iterdir()
    }
