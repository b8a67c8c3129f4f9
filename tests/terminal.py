"""What stands on the terminal of a person who starts a program there."""

import codecs
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

CONTROL = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
HIDDEN_CURSOR, SHOWN_CURSOR = "\x1b[?25l", "\x1b[?25h"
CTRL_C = b"\x03"
TAKE_TERMINAL = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Makes the terminal that of the process, so that Ctrl-C reaches it, also where a shell started the tests in the
background, which ignores Ctrl-C; then it becomes the program."""


def on_terminal(
    words: list[str], cwd: Path, *, ctrl_c_after: str | None = None, timeout_s: int = 120
) -> tuple[int, str]:
    """The exit code and all that a Python with these words writes to a terminal of its own.

    ctrl_c_after: a text on the screen after which Ctrl-C is pressed.
    """
    terminal, end_of_program = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, *words],
        cwd=cwd,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
        stdin=end_of_program,
        stdout=end_of_program,
        stderr=end_of_program,
        start_new_session=True,  # not pty.fork, which may block where threads run
    )
    os.close(end_of_program)
    written, end, decoder = "", time.monotonic() + timeout_s, codecs.getincrementaldecoder("utf-8")()
    while time.monotonic() < end:
        try:
            written += decoder.decode(os.read(terminal, 65536)) if select.select([terminal], [], [], 1)[0] else ""
        except OSError:  # the program has closed it
            break
        if ctrl_c_after and ctrl_c_after in written:
            os.write(terminal, CTRL_C)
            ctrl_c_after = None
    os.close(terminal)
    return process.wait(timeout_s), written


def screen(written: str) -> list[str]:
    """The lines that a terminal shows after this, down to that of the cursor. Lines do not wrap."""
    lines, row, column = [""], 0, 0
    for numbers, letter, control, text in CONTROL.findall(written):
        if text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
        elif control == "\r":
            column = 0
        elif control == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif letter == "A":
            row -= int(numbers or 1)
        elif letter == "K":
            lines[row] = "" if numbers == "2" else lines[row][:column]
    while len(lines) > row + 1 and not lines[-1].strip():
        lines.pop()
    return [line.rstrip() for line in lines]
