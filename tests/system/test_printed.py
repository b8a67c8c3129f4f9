"""What a person named stays text: on the terminal, in a shell, in Markdown."""

import logging
import os
import subprocess

import pytest

from crack_exp.system.printed import PrintableFormatter, as_markdown, printable, printable_lines, shell_command
from tests.hostile_names import NAMES, STEERING


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_steers_nothing_is_printed_as_it_is(name: str) -> None:
    assert printable(name) == printable_lines(name) == name


@pytest.mark.parametrize("name", STEERING)
def test_a_terminal_sees_nothing_that_it_would_obey(name: str) -> None:
    assert printable(name).isprintable() and len(printable(name)) > len(name)
    assert printable(name).encode()


def test_names_in_log_messages_are_printable_and_lines_stay_lines() -> None:
    record = logging.LogRecord("crack_exp", logging.INFO, "", 0, "table:\n%s", ("\x1b[31mred",), None)
    assert PrintableFormatter("%(message)s").format(record) == "table:\n\\x1b[31mred"


def test_a_shell_reads_each_word_as_it_was() -> None:
    line = shell_command(["printf", "%s\\0", *NAMES, *STEERING])
    assert line.isprintable()
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]] == [*NAMES, *STEERING]


def test_a_plain_word_is_not_quoted() -> None:
    assert shell_command(["python", "-m", "crack_exp.run", "seed=1"]) == "python -m crack_exp.run seed=1"


def test_no_name_is_markup_in_markdown() -> None:
    assert as_markdown("![x](http://a)") == r"\!\[x\]\(http\://a\)"
    assert as_markdown("**a** <b>") == r"\*\*a\*\* &lt;b&gt;" and as_markdown("two\nlines") == r"two\\nlines"
