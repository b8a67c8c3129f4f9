"""What stands on the terminal of a person who starts a program there."""

import os
import pty
import re
import select
import sys
import time
from pathlib import Path

CONTROL = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
HIDDEN_CURSOR, SHOWN_CURSOR = "\x1b[?25l", "\x1b[?25h"
CTRL_C = b"\x03"


def on_terminal(
    words: list[str], cwd: Path, *, ctrl_c_after: str | None = None, timeout_s: int = 120
) -> tuple[int, str]:
    """The exit code and all that a Python with these words writes to a terminal of its own.

    ctrl_c_after: a text on the screen after which Ctrl-C is pressed.
    """
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(cwd)
        os.execve(sys.executable, [sys.executable, *words], os.environ | {"TERM": "xterm", "COLUMNS": "80"})
    written, end = "", time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            written += os.read(terminal, 65536).decode() if select.select([terminal], [], [], 1)[0] else ""
        except OSError:  # the program has closed it
            break
        if ctrl_c_after and ctrl_c_after in written:
            os.write(terminal, CTRL_C)
            ctrl_c_after = None
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), written


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
