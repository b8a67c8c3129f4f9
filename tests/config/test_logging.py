"""What a person reads on the console, and what is kept for whoever looks for a bug."""

from pathlib import Path

import pytest

from tests.commands import forked_python

PROGRAM = """

from hydra.core.utils import configure_log
from omegaconf import open_dict
from crack_exp.config.compose import composed_here
from crack_exp.run_files.folder import register_resolvers
from crack_exp.system.best_effort import best_effort

register_resolvers()
composed = composed_here("NAME", [])
with open_dict(composed):
    composed.hydra.runtime.output_dir = "."
configure_log(composed.hydra.job_logging)
with best_effort("page.html"):
    1 / 0
"""


@pytest.mark.parametrize(("name", "file"), [("config", "run.log"), ("tune", "tune.log"), ("compare", "compare.log")])
def test_the_traceback_of_what_was_left_out_is_in_the_log_file_alone(name: str, file: str, tmp_path: Path) -> None:
    done = forked_python(PROGRAM.replace("NAME", name), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("page.html: not written (ZeroDivisionError: division by zero, in ")
    assert done.stdout.count("\n") == 1 and "Traceback" not in done.stderr
    kept = (tmp_path / file).read_text()
    assert "Traceback" in kept and "ZeroDivisionError" in kept and "page.html: not written" in kept
