"""The answer to `--help`: every setting as it is typed, with its meaning, which is the comment beside it in YAML."""

import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import initialize_config_dir
from hydra.core.default_element import ResultDefault
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import MISSING, OmegaConf

from crack_exp.config.compose import HYDRA_VERSION, STORED, conf_dir, conf_of
from crack_exp.config.texts import as_hydra_text, text_override
from crack_exp.config.yaml_comments import Described, described
from crack_exp.system.errors import shown

MEANING_AT, LEAST_WIDTH, MOST_WIDTH = 34, 60, 110
"""The column in which meanings begin, and the width of the whole, in characters."""


@dataclass(frozen=True)
class Group:
    """A group of which a file is chosen.

    typed: what is typed before its name ("optimizer@fine_tune.optimizer"); place: where its settings stand
    ("fine_tune.optimizer"); chosen: None where no file is; others: the files that can be chosen in its place.
    """

    typed: str
    place: str
    chosen: str | None
    others: Mapping[str, Path]


@dataclass(frozen=True)
class Settings:
    """All settings of a command with some overrides.

    values: {dotted key: value}, nothing computed; meanings: {dotted key: what it means}, also of parts that hold other
    settings; about: {"data=synthetic": what the file says of itself}.
    """

    introduction: str
    values: Mapping[str, Any]
    meanings: Mapping[str, str]
    groups: Sequence[Group]
    about: Mapping[str, str]


def help_text(config_name: str, overrides: Sequence[str], folders: Sequence[str]) -> str:
    """What `--help` prints. folders: of settings of the user's own, searched beside the program's."""
    settings = settings_of_command(config_name, overrides, folders)
    width = min(max(shutil.get_terminal_size().columns, LEAST_WIDTH), MOST_WIDTH)
    return "\n".join([settings.introduction.rstrip(), *_lines(settings, width)])


def known_settings(config_name: str) -> list[str]:
    """Every setting and group of the command, also those of files that are not chosen."""
    settings = settings_of_command(config_name, [], [])
    groups = [group for group in settings.groups if group.chosen is not None]
    of_others = [f"{group.place}.{key}" for group in groups for file in group.others.values() for key in _own(file)]
    return list(dict.fromkeys([*settings.values, *(group.typed for group in settings.groups), *of_others]))


def settings_of_command(config_name: str, overrides: Sequence[str], folders: Sequence[str]) -> Settings:
    """Read from the files that Hydra would choose."""
    path, name = conf_of(config_name)
    search = [Path(path), *map(Path, folders)]
    # Hydra is initialised once: that of a command that runs already is put back afterwards.
    running = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(path, version_base=HYDRA_VERSION):
            hydra = GlobalHydra.instance().hydra
            assert hydra is not None
            searched = [f"hydra.searchpath=[{','.join(folders)}]"] if folders else []
            composed = hydra.config_loader.load_configuration(name, [*searched, *overrides], RunMode.RUN)
            files = hydra.config_loader.compute_defaults_list(name, [*searched, *overrides], RunMode.RUN).defaults
    finally:
        GlobalHydra.instance().hydra = running
    raw = OmegaConf.to_container(composed, resolve=False)
    assert isinstance(raw, dict)
    of_hydra = raw.pop("hydra")
    groups = list(_groups(of_hydra["runtime"]["choices"], search))
    own = [one for one in files if one.config_path is not None and not one.config_path.startswith("hydra/")]
    return Settings(
        of_hydra["help"]["template"],
        dict(_leaves(raw)),
        _meanings(own, search),
        groups,
        {
            f"{group.typed}={choice}": described(file).about
            for group in groups
            for choice, file in {**group.others, **_file_of_choice(group, search)}.items()
        },
    )


def _groups(choices: Mapping[str, str | None], search: Sequence[Path]) -> Iterator[Group]:
    for typed, chosen in choices.items():
        if not typed.startswith("hydra/"):
            folder, _, place = typed.partition("@")
            files = {file.stem: file for one in search for file in sorted(Path(one, folder).glob("[!_]*.yaml"))}
            yield Group(typed, place or folder, chosen, {name: file for name, file in files.items() if name != chosen})


def _file_of_choice(group: Group, search: Sequence[Path]) -> dict[str, Path]:
    file = _file(f"{group.typed.partition('@')[0]}/{group.chosen}", search)
    return {group.chosen: file} if group.chosen and file else {}


def _file(config_path: str, search: Sequence[Path]) -> Path | None:
    if config_path in STORED:
        return Path(conf_dir(), f"{STORED[config_path]}.yaml")
    places = (Path(folder, f"{config_path}.yaml") for folder in search)
    return next((place for place in places if place.is_file()), None)


def _meanings(files: Sequence[ResultDefault], search: Sequence[Path]) -> dict[str, str]:
    """Of each key; of several files that say what it means, the last one counts, as for its value."""
    found = dict[str, str]()
    for one in files:
        if one.config_path and (file := _file(one.config_path, search)):
            found |= _placed(described(file), one.package or "")
    return found


def _placed(file: Described, package: str) -> dict[str, str]:
    prefix = f"{package}." if package and package != "_global_" else ""
    return {f"{prefix}{key}": meaning for key, meaning in file.meanings.items()}


def _leaves(values: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _lines(settings: Settings, width: int) -> Iterator[str]:
    """First the settings that stand alone, then part by part."""
    yield ""
    alone = [key for key in settings.values if "." not in key]
    yield from _rows(settings, alone, width)
    of_groups = {group.place: group for group in settings.groups}
    for group in settings.groups:
        if group.chosen is None:
            yield from _choices(settings, group, width)
    for part in dict.fromkeys(key.partition(".")[0] for key in settings.values if "." in key):
        yield ""
        if part in of_groups and of_groups[part].others:
            chosen = f"{part}={of_groups[part].chosen}"
            yield from _row(chosen, settings.about.get(chosen, ""), width)
        else:
            yield from _row(part, settings.meanings.get(part, ""), width)
        yield from _rows(settings, [key for key in settings.values if key.startswith(f"{part}.")], width, indent=2)
        for group in settings.groups:
            if group.place.partition(".")[0] == part and group.chosen is not None:
                yield from _choices(settings, group, width)


def _rows(settings: Settings, keys: Sequence[str], width: int, indent: int = 0) -> Iterator[str]:
    """A row for each setting; parts within a part that have a meaning of their own get one, too."""
    told = set[str]()
    for key in keys:
        words = key.split(".")
        for part in (".".join(words[:count]) for count in range(2, len(words))):
            if part in settings.meanings and part not in told:
                yield from _row(" " * indent + part, settings.meanings[part], width)
            told.add(part)
        yield from _row(" " * indent + as_typed(key, settings.values[key]), settings.meanings.get(key, ""), width)


def _choices(settings: Settings, group: Group, width: int) -> Iterator[str]:
    """The other files of a group, with the settings that they have and the chosen one has not."""
    if not group.others:
        return
    if "@" in group.typed:
        yield from _row(f"  {group.typed}={group.chosen}", f"or {', '.join(group.others)}", width)
        return
    yield f"instead of {group.typed}={shown(group.chosen)}:"
    for choice, file in group.others.items():
        yield from _row(f"  {group.typed}={choice}", settings.about[f"{group.typed}={choice}"], width)
        for key, value in _own(file).items():
            full = f"{group.place}.{key}"
            if full not in settings.values and group.chosen is not None:
                yield from _row(f"    {as_typed(full, value)}", _with_included(file).get(key, ""), width)


def _own(file: Path) -> dict[str, Any]:
    """The settings of a choice, without those of files that it includes."""
    values = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
    assert isinstance(values, dict)
    return dict(_leaves({key: value for key, value in values.items() if key != "defaults"}))


def _with_included(file: Path) -> dict[str, str]:
    """What the keys of a choice mean, those of the files that it includes first."""
    found = dict[str, str]()
    for name in described(file).included:
        if (included := file.with_name(f"{name}.yaml")).is_file():
            found |= _with_included(included)
    return found | described(file).meanings


def as_typed(key: str, value: Any) -> str:
    """'training.epochs=20', as the command line takes it."""
    if isinstance(value, str) and "${" not in value and value != MISSING:
        return text_override(key, value)
    if isinstance(value, list):
        return f"{key}=[{','.join(map(_in_list, value))}]"
    return f"{key}={shown(value)}"


def _in_list(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_in_list(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(_in_list, value))}]"
    return as_hydra_text(value) if isinstance(value, str) else shown(value)


def _row(typed: str, meaning: str, width: int) -> list[str]:
    """The setting, and its meaning beside it, or below where there is no room."""
    if typed.endswith(f"={MISSING}"):
        typed, meaning = typed.replace(MISSING, "..."), f"{meaning}; has to be given"
    lines = textwrap.wrap(meaning, width - MEANING_AT, break_long_words=False, break_on_hyphens=False)
    if lines and len(typed) + 2 <= MEANING_AT:
        lines[0] = f"{typed:<{MEANING_AT}}{lines[0]}"
        return [lines[0], *(" " * MEANING_AT + line for line in lines[1:])]
    return [typed, *(" " * MEANING_AT + line for line in lines)]
