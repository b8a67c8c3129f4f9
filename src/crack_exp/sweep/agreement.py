"""What all workers of a sweep must have in common: the first one writes it down, later ones are compared with it."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from crack_exp.config.effects import effect_of
from crack_exp.config.validators import FILES
from crack_exp.run_files.identity import LIBRARIES, code_files
from crack_exp.system.errors import UserError, shown, some_of
from crack_exp.system.files import write_text
from crack_exp.system.keras_backend import backend_shown
from crack_exp.system.locks import exclusive_lock
from crack_exp.system.machine import host_name, package_version
from crack_exp.system.own_files import reading_own_file

Facts = Mapping[str, Mapping[str, str]]
"""{kind: {name: value}}."""

CONTENTS = ("file", "image", "weights")
"""Kinds whose values are fingerprints, which nobody wants to read."""

LOCK = "agreement.lease"
REMEDY = "make them equal, or choose another sweep.name"
NOT_READABLE = "choose another sweep.name"


class DoesNotFit(UserError):
    """This worker must not take part."""


def agree(file: Path, found: Facts, sweep: str) -> None:
    """Write down what was `found` if nobody has done so. Raises DoesNotFit, which names what differs from it if so."""
    with exclusive_lock(file.with_name(LOCK)):
        if not file.exists():
            write_text(file, json.dumps({"by": host_name(), "found": found}))
    with reading_own_file(file, NOT_READABLE):
        kept = json.loads(file.read_text())
        by, before = str(kept["by"]), kept["found"]
        differing = list(differences(before, found))
    if differing:
        raise DoesNotFit(
            f"sweep.name={sweep}: this worker differs from the one on {by} that began: {some_of(differing)}; {REMEDY}"
        )


def differences(before: Facts, found: Facts) -> Iterator[str]:
    """A few words for each name whose value is not the same."""
    for kind in sorted({*before, *found}):
        there, here = before.get(kind, {}), found.get(kind, {})
        for name in sorted({*there, *here}):
            if there.get(name) != here.get(name):
                yield _difference(kind, name, here.get(name), there.get(name))


def _difference(kind: str, name: str, here: str | None, there: str | None) -> str:
    if here is None or there is None:
        return f"{kind} {shown(name)} is {'there' if here is None else 'here'} alone"
    if kind in CONTENTS:
        return f"{kind} {shown(name)} differs"
    return f"{kind} {name} is {shown(here)} here, {shown(there)} there"


def facts_of_worker(jobs: Mapping[int, Sequence[str]], conf_folders: Sequence[Path], own_code: Sequence[str]) -> Facts:
    """What can be compared before any job: jobs, libraries and files. Settings are in the jobs and in the files.

    jobs: overrides by number; conf_folders: with YAML files; own_code: packages of the user's own.
    """
    return {
        "setting": _settings(without_places(jobs)),
        "backend": {"of Keras": backend_shown()},
        "package": {name: package_version(name) for name in LIBRARIES},
        "file": {**code_files(*own_code), **_yaml_files(conf_folders)},
    }


def _settings(jobs: Mapping[int, Sequence[str]]) -> dict[str, str]:
    """{setting: value}, of those that differ between jobs for each job."""
    shared = set.intersection(*(set(words) for words in jobs.values()))
    found = dict(map(_parted, shared))
    for number, words in jobs.items():
        own = map(_parted, (word for word in words if word not in shared))
        found |= {f"{key} of job {number}": value for key, value in own}
    return found


def _parted(word: str) -> tuple[str, str]:
    key, _, value = word.partition("=")
    return key, value


def without_places(jobs: Mapping[int, Sequence[str]]) -> dict[int, list[str]]:
    """The overrides of each job without those that all share and that change no result, such as where images lie."""
    shared = set.intersection(*(set(words) for words in jobs.values()))
    free = {word for word in shared if effect_of(word.lstrip("+~").partition("=")[0]) is FILES}
    return {number: [word for word in words if word not in free] for number, words in jobs.items()}


def _yaml_files(folders: Sequence[Path]) -> dict[str, str]:
    files = [(folder, file) for folder in folders for file in sorted(folder.rglob("*.yaml"))]
    return {
        f"{folder.name}/{file.relative_to(folder)}": hashlib.sha256(file.read_bytes()).hexdigest()
        for folder, file in files
    }


def agree_on_found(
    folder: Path, sweep: str, kind: str, settings: object, sha256: str, facts: Callable[[], Facts]
) -> None:
    """The same for what a job alone finds out: its images, say, by its settings of the data.

    sha256: over all facts. facts: called only for the first worker, and where they differ. Raises DoesNotFit.
    """
    which = fingerprint(settings)[:16]
    mine = folder / f"{kind}-{which}-{sha256[:16]}.json"
    with exclusive_lock(folder / f"{kind}.lease"):
        if not mine.exists():
            other = next(folder.glob(f"{kind}-{which}-*.json"), None)
            agree(other or mine, facts(), sweep)


def fingerprint(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
