"""A forked process is what `python` would be, but for the imports that it need not make."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import crack_exp, forked_python, python
from tests.fork_server import Forked

PROGRAMS = {
    "ends": "print('done')",
    "exits": "import sys; print('so far'); sys.exit(3)",
    "says why it exits": "raise SystemExit('no more')",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "is interrupted": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "stands where it was started": "import os, sys; print(os.getcwd(), sys.argv, sys.orig_argv[1], __name__)",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_it_ends_and_says_what_python_does(program: str, tmp_path: Path) -> None:
    forked, own = forked_python(program, tmp_path), python(program, tmp_path)
    assert (forked.returncode, forked.stdout) == (own.returncode, own.stdout)
    assert forked.stderr.splitlines()[-1:] == own.stderr.splitlines()[-1:]


def test_a_bug_is_a_traceback(tmp_path: Path) -> None:
    done = forked_python("1 / 0", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback") and done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_a_command_says_the_same(tmp_path: Path) -> None:
    forked, own = (crack_exp("data=folder", cwd=tmp_path, own_python=own) for own in (False, True))
    assert (forked.returncode, forked.stdout, forked.stderr) == (own.returncode, own.stdout, own.stderr)


def test_tensorflow_is_there_and_has_not_started(tmp_path: Path) -> None:
    program = """
import sys
assert "tensorflow" in sys.modules and not [name for name in sys.modules if name.startswith("crack_exp")]
from tensorflow.python.eager import context
assert not context.context()._initialized
"""
    done = forked_python(program, tmp_path)
    assert done.returncode == 0, done.stderr


def test_one_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    slow = Forked(["-c", "import time; print('here', flush=True); time.sleep(300)"], tmp_path, {"PATH": "/bin"})
    with pytest.raises(subprocess.TimeoutExpired):
        slow.wait(0.5)
    done = Forked(["-c", "import os; print(os.environ)"], tmp_path, {"PATH": "/bin"}).wait(60)
    assert done.stdout == "environ({'PATH': '/bin'})\n" and done.args[0] == sys.executable
