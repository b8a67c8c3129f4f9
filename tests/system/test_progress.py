"""Progress: one bar as the last line of a terminal, a few plain lines in a log."""

import subprocess
import sys
from pathlib import Path

import pytest

from crack_exp.system import progress
from crack_exp.system.progress import awaited, track
from tests.terminal import HIDDEN_CURSOR, SHOWN_CURSOR, on_terminal, screen

PROGRAM = """
import logging, sys, time
from crack_exp.config.errors import exit_on_user_error
from crack_exp.system.errors import UserError
from crack_exp.system.progress import AboveTheBar, Task, doing, track
logging.basicConfig(format="%(message)s", level="INFO", handlers=[AboveTheBar(sys.stdout)])
"""
EPOCHS = """
with exit_on_user_error():
    for epoch in track(range(3), "head", 3):
        time.sleep(0.3)
        logging.info("epoch %d", epoch)
"""


def test_a_log_line_never_shares_its_line_with_a_bar(tmp_path: Path) -> None:
    code, written = on_terminal(["-c", PROGRAM + EPOCHS], tmp_path)
    assert code == 0 and "head" in written and "0/3" in written
    assert screen(written) == ["epoch 0", "epoch 1", "epoch 2", ""]
    before_the_end = written[: written.rindex("epoch 2")]
    assert screen(before_the_end)[:2] == ["epoch 0", "epoch 1"]


def test_a_bar_is_the_last_line_while_the_work_goes_on(tmp_path: Path) -> None:
    _, written = on_terminal(["-c", PROGRAM + EPOCHS], tmp_path)
    while_it_works = written[: written.rindex(SHOWN_CURSOR, 0, written.rindex("epoch 2"))]
    assert [line.split()[0] for line in screen(while_it_works) if line] == ["epoch", "epoch", "head"]


@pytest.mark.parametrize(
    ("end", "said", "expected"),
    [
        ("print('READY', flush=True); time.sleep(60)", "READY", (130, "crack_exp: stopped")),
        ("raise UserError('seed: wrong')", None, (1, "crack_exp: seed: wrong")),
    ],
    ids=["Ctrl-C", "a mistake"],
)
def test_the_prompt_stands_on_a_line_of_its_own(
    end: str, said: str | None, expected: tuple[int, str], tmp_path: Path
) -> None:
    work = f"""
with exit_on_user_error():
    task = Task("audit", 3)
    {end}
"""
    code, written = on_terminal(["-c", PROGRAM + work], tmp_path, ctrl_c_after=said)
    assert (code, screen(written)[-2]) == expected and screen(written)[-1] == ""
    assert not [line for line in screen(written) if "audit" in line]
    assert written.rindex(SHOWN_CURSOR) > written.rindex(HIDDEN_CURSOR)


def test_the_mark_of_ctrl_c_has_a_line_of_its_own_where_there_is_no_bar(tmp_path: Path) -> None:
    work = """
from crack_exp.system.interrupts import remember_interrupts
remember_interrupts()
with exit_on_user_error():
    logging.info("serving")
    time.sleep(60)
"""
    code, written = on_terminal(["-c", PROGRAM + work], tmp_path, ctrl_c_after="serving")
    assert code == 130 and screen(written) == ["serving", "^C", "crack_exp: stopped", ""]


def test_a_task_takes_the_place_of_one_that_was_left_in_the_middle(tmp_path: Path) -> None:
    work = """
left = track(range(3), "left", 3)
next(left), next(left)
with doing("drawing pictures"):
    time.sleep(0.5)
"""
    _, written = on_terminal(["-c", PROGRAM + work], tmp_path)
    assert "left" in written and "drawing pictures" in written and screen(written) == [""]


def test_what_has_to_be_waited_for_is_passed_on() -> None:
    assert list(awaited(iter("abc"), "painting")) == ["a", "b", "c"]


def test_a_file_gets_no_bar(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM + EPOCHS], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "epoch 0\nepoch 1\nepoch 2\n" and done.stderr == ""


def test_a_log_gets_a_few_plain_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A step takes a second: lines after 10, 30, 70 and 150 s, each with what is left of 200 s."""
    clock = iter(range(10_000))
    seconds = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: seconds[0])
    for _ in track(range(200), "audit", 200):
        seconds[0] = float(next(clock) + 1)
    assert capsys.readouterr().out.splitlines() == [
        "audit: 10 of 200, 190 s left",
        "audit: 30 of 200, 170 s left",
        "audit: 70 of 200, 130 s left",
        "audit: 150 of 200, 50 s left",
    ]
