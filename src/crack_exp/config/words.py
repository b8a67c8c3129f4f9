"""The words of a command line, looked at before Hydra reads them: it answers unknown options by its own usage."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from crack_exp.config.compose import conf_dir
from crack_exp.config.errors import no_choice
from crack_exp.config.similar import similar
from crack_exp.config.texts import text_override
from crack_exp.system.errors import UserError, shown
from crack_exp.system.printed import shell_command

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
"""Programs for writing make longer ones of a hyphen."""

HELP, VERSION, MULTIRUN = "--help", "--version", "-m"
ALSO_HELP = ("-h", "help", "-help", "?", "/?")
VERBS = ("run", "tune", "compare", "pretrain", "predict", "survey", "export", "serve")
FILES_OF = {"predict": "images", "survey": "photos"}
"""The setting that names files, which other programs take without a name."""


@dataclass
class Words:
    """What was typed: options with their values, and settings.

    dashed: what begins with a dash and is no option, and the word behind it; others: what is neither, with the words
    before and behind it; waiting: an option at the end that lacks its value.
    """

    options: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    dashed: list[tuple[str, str]] = field(default_factory=list)
    others: list[tuple[str, str, str]] = field(default_factory=list)
    waiting: str = ""

    @property
    def ask_help(self) -> bool:
        return HELP in self.options or "-h" in self.options or any(word in ALSO_HELP for word, _, _ in self.others)


def parted(words: Sequence[str]) -> Words:
    """What each word is."""
    found, known = Words(), _options()
    for word, before, behind in zip(words, ["", *words], [*words[1:], ""], strict=False):
        if found.waiting:
            found.options.append(word)
            found.waiting = ""
        elif (option := known.get(word.partition("=")[0])) is not None:
            found.options.append(word)
            found.waiting = word if option.nargs is None and "=" not in word else ""
        elif word and word[0] in DASHES and word not in ALSO_HELP and not word.lstrip(DASHES)[:1].isdigit():
            found.dashed.append((word, behind))
        elif _is_setting(word):
            found.settings.append(word)
        else:
            found.others.append((word, before, behind))
    return found


def check_words(words: Words, verb: str, known: Callable[[], Sequence[str]]) -> None:
    """Raise UserError for a word that is neither an option nor a setting.

    known: the settings of the command, read only where they are needed.
    """
    if words.waiting:
        raise UserError(f"{words.waiting}: needs a value behind it; see what there is by {HELP}")
    for setting in words.settings:
        group, _, choice = setting.partition("=")
        if choice.startswith("_") and Path(conf_dir(), group.partition("@")[0], f"{choice}.yaml").is_file():
            raise UserError(no_choice(setting))  # a part of the others
    for word, behind in words.dashed:
        raise UserError(_no_option(word, behind, known()))
    for word, before, behind in words.others:
        raise UserError(next(_told(word, before, behind, verb, known)))


def _options() -> dict[str, argparse.Action]:
    return {name: action for action in get_args_parser()._actions for name in action.option_strings}


def _is_setting(word: str) -> bool:
    return word.startswith("~") or word.find("=") > 0


def _no_option(word: str, behind: str, known: Sequence[str]) -> str:
    """'--epochs 5': type training.epochs=5."""
    name, equals, value = word.lstrip(DASHES).partition("=")
    if near := get_close_matches(f"--{name}", _options(), n=1, cutoff=0.8):
        return f"{shown(word)}: no such option; did you mean {near[0]}?"
    is_value = not equals and behind and not _is_setting(behind) and behind[0] not in DASHES
    typed = f"{word} {behind}" if is_value else word
    value = behind if is_value else value
    meant = [_typed(one, value) if value else f"{one}=VALUE" for one in similar(name, known)]
    remedy = f"type {' or '.join(meant)}" if meant else f"type key=value; see what there is by {HELP}"
    return f"{shown(typed)}: settings have no dashes; {remedy}"


def _typed(key: str, value: str) -> str:
    """The setting as a shell takes it; the value in quotes where Hydra would not read it without."""
    try:
        OverridesParser.create().parse_override(f"{key}={value}")
    except HydraException:
        return shell_command([text_override(key, value)])
    return shell_command([f"{key}={value}"])


def _told(word: str, before: str, behind: str, verb: str, known: Callable[[], Sequence[str]]) -> Iterator[str]:
    """What may have been meant by a word without an equals sign, the likeliest first."""
    key, _, value = before.partition("=")
    if behind.startswith("=") or (before.endswith("=") and not value):
        yield f"{shown(key or word)}: type {key or word}=VALUE, without blanks round the equals sign"
    if before.endswith(","):
        yield f"{shown(f'{before} {word}')}: a list has no blanks; type {before}{word}"
    if word in VERBS:
        other = "" if word == verb else f", or start crack_exp.{word} in its place"
        yield f"{word}: this command is crack_exp.{verb}; leave {word} out{other}"
    if _is_setting(before):
        quoted = shell_command([text_override(key, f"{value} {word}")])
        yield f"{shown(word)}: not of the form key=value; if it belongs to {shown(before)}, put quotes round: {quoted}"
    if verb in FILES_OF:
        yield f"{shown(word)}: not of the form key=value; type {shell_command([text_override(FILES_OF[verb], word)])}"
    if verb == "run" and Path(word).is_dir():
        own = shell_command(["data=folder", text_override("data.path", word)])
        yield f"{shown(word)}: not of the form key=value; for images of your own type {own}"
    if word in (names := known()):
        yield f"{word}: has no value; type {word}=VALUE"
    meant = [f"{one}=VALUE" for one in similar(word, names)]
    remedy = f"did you mean {' or '.join(meant)}?" if meant else f"see what there is by {HELP}"
    yield f"{shown(word)}: not of the form key=value; {remedy}"
