"""What a person named, as it is printed: one line of text, and commands that a shell reads back word for word."""

import html
import logging
import os
import re
import shlex
from collections.abc import Iterable

# Control characters, line breaks, marks that turn the direction of writing, and bytes that are no UTF-8.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(name: str) -> str:
    """The name in one line; what a terminal would obey instead of show, such as colours, is written as escapes."""
    return UNPRINTABLE.sub(_escape, name)


def printable_lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(map(printable, text.split("\n")))


def as_markdown(text: str) -> str:
    """Markdown that shows the text as it is: no emphasis, link, picture or HTML comes of a name."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!~=|:])", r"\\\1", html.escape(printable(text), quote=False))


def shell_command(words: Iterable[str]) -> str:
    """The words as one line for a shell: pasted, each arrives as it is here. The one place that quotes commands."""
    return " ".join(_quoted(word) for word in words)


def own_command(verb: str, words: Iterable[str]) -> str:
    """'python -m crack_exp.VERB ...', for a shell."""
    return shell_command(["python", "-m", f"crack_exp.{verb}", *words])


class PrintableFormatter(logging.Formatter):
    """Log messages: what they name cannot steer the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return printable_lines(super().format(record))


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "backslashreplace").decode()


def _quoted(word: str) -> str:
    if UNPRINTABLE.search(word) is None:
        return shlex.quote(word)
    # $'...' of bash, zsh and ksh: a terminal would obey these characters, and no other quotes take them as escapes.
    return "$'" + "".join(map(_escaped_for_shell, word)) + "'"


def _escaped_for_shell(character: str) -> str:
    if UNPRINTABLE.match(character):
        return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
    return f"\\{character}" if character in "\\'" else character
