"""Every command of README.md and docs/: composed as it stands there, every word of a run in one that is done; links."""

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from crack_exp.cache import main as show_cache
from crack_exp.config import (
    DeployedConfig,
    ExportConfig,
    PredictConfig,
    ServeConfig,
    SurveyConfig,
    typed,
    typed_comparison,
    typed_deployed,
    typed_pretraining,
    typed_tuning,
)
from crack_exp.config.overrides import flags_first
from crack_exp.model.card_file import save_with_card
from crack_exp.predict import predict
from crack_exp.run import run
from crack_exp.survey import survey
from tests.commands import REPOSITORY
from tests.composing import composed
from tests.deployed_models import brightness_network, card_of, grey_images

pytestmark = pytest.mark.usefixtures("without_plots")

PAGES = {
    path.relative_to(REPOSITORY).as_posix(): path.read_text()
    for folder in (".", "docs", "examples")
    for path in sorted((REPOSITORY / folder).glob("*.md"))
}
HISTORY = "CHANGELOG.md"  # tells of what was, so that its names need not be there any more
DEPLOYED: dict[str, type[DeployedConfig]] = {
    "predict": PredictConfig,
    "survey": SurveyConfig,
    "export": ExportConfig,
    "serve": ServeConfig,
}
CHECKS: dict[str, tuple[str, Callable[[DictConfig], object]]] = {
    "run": ("config", typed),
    "compare": ("compare", typed_comparison),
    "tune": ("tune", typed_tuning),
    "pretrain": ("pretrain", typed_pretraining),
    **{verb: (f"deployed/{verb}", partial(typed_deployed, schema=schema)) for verb, schema in DEPLOYED.items()},
}


def block_lines(text: str) -> list[str]:
    """The lines of the bash blocks, those that go on with a backslash joined."""
    blocks = re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def commands() -> list[list[str]]:
    """The words of each command of Python, in a block or within a line; one that stands twice, once."""
    found = []
    for text in (text for name, text in PAGES.items() if name != HISTORY):
        spans = re.findall(r"`((?:\.venv/bin/)?python (?:-m crack_exp|benchmarks/|examples/)[^`]*)`", text)
        lines = [*block_lines(text), *spans]
        found += [shlex.split(line, comments=True)[1:] for line in lines if "python " in line.split("#")[0]]
    return [list(words) for words in dict.fromkeys(map(tuple, found))]


COMMANDS = commands()
OF_THE_PACKAGE = [words[1:] for words in COMMANDS if words[1:2] and words[1].startswith("crack_exp")]
SCRIPTS = [words for words in COMMANDS if words[0].endswith(".py")]
RUNS = [words for module, *words in OF_THE_PACKAGE if module == "crack_exp.run"]
WITH_FINE_TUNING = (["experiment=reference", "data.path=my_images"], ["experiment=sdnet2018", "data.path=SDNET2018"])
# Run in tests of their own, as commands: see test_commands, test_resume and test_tune.
ELSEWHERE = ("-m", "--config-dir", "--cfg", "--help", "resume=", "experiment=smoke")


def fewest_that_hold_all_words(runs: list[list[str]]) -> list[list[str]]:
    """Of these runs, so many that each word stands in one of them, those with most words first."""
    chosen, ahead = list[list[str]](), list(runs)
    while ahead:
        held = {word for words in chosen for word in words}
        ahead = [words for words in ahead if not set(words) <= held]
        ahead.sort(key=lambda words: -len(set(words) - held))
        chosen += [ahead.pop(0)] if ahead else []
    return chosen


DONE = fewest_that_hold_all_words([words for words in RUNS if words and not words[0].startswith(ELSEWHERE)])


def test_the_commands_were_found() -> None:
    assert ["optimizer=rmsprop", "seed=2"] in RUNS
    assert ["-m", "optimizer=adam,rmsprop,sgd"] in RUNS
    assert ["data=ccic"] in RUNS
    assert len(RUNS) >= 20 and len(SCRIPTS) >= 10 and len(DONE) >= 8
    assert all(words in DONE for words in WITH_FINE_TUNING)
    assert {module for module, *_ in OF_THE_PACKAGE} == {f"crack_exp.{verb}" for verb in (*CHECKS, "cache")}


@pytest.mark.parametrize("words", OF_THE_PACKAGE, ids=" ".join)
def test_a_command_composes(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path))
    module, *rest = words
    if module == "crack_exp.cache":
        return show_cache(rest)
    if "--config-dir" in rest:
        pytest.skip("its folder is made by the command before")
    config, check = CHECKS[module.removeprefix("crack_exp.")]
    first, *others = jobs([word for word in flags_first(rest) if not word.startswith("-")])
    for job in (first, *others[-1:]):
        check(composed(*job, config=config))


def jobs(overrides: list[str]) -> list[list[str]]:
    """The overrides of each job of a sweep; the same ones where nothing is swept."""
    parsed = OverridesParser.create().parse_overrides(overrides)
    return [list(job) for job in BasicSweeper.split_arguments(parsed, max_batch_size=None)[0]]


@pytest.mark.parametrize("words", SCRIPTS, ids=" ".join)
def test_a_script_has_the_options_of_its_command(words: list[str]) -> None:
    script, *rest = words
    source = (REPOSITORY / script).read_text()
    assert [word for word in rest if word.startswith("--") and f'"{word}"' not in source] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_targets_of_make_are_there(name: str) -> None:
    told = re.findall(r"(?:^    |`|^)make ([a-z-]+)", PAGES[name], flags=re.MULTILINE)
    (known,) = re.findall(r"^\.PHONY: (.*)", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(told) <= set(known.split())


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)\s]+)\)", PAGES[name])
    assert [target for target in targets if not leads_somewhere(REPOSITORY / name, target)] == []


def leads_somewhere(page: Path, target: str) -> bool:
    """A file or folder that exists, and in it the heading, if one is named."""
    file, _, anchor = target.partition("#")
    place = page.parent / file if file else page
    return place.exists() and (not anchor or anchor in anchors(place.read_text()))


def anchors(text: str) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", [name for name in PAGES if name != HISTORY])
def test_files_that_are_named_are_there(name: str) -> None:
    told = re.findall(r"`((?:src|conf|docs|benchmarks|examples|tests)/[\w/.-]+)`", PAGES[name])
    assert [file for file in told if not (REPOSITORY / file).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = set[str](), ["README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        for target in re.findall(r"\]\(([^)#\s]+\.md)", PAGES[page]):
            found = (REPOSITORY / page).parent.joinpath(target).resolve().relative_to(REPOSITORY).as_posix()
            ahead += [found] if found in PAGES and found not in reached else []
    assert reached == set(PAGES)


def test_the_readme_fits_on_a_screen() -> None:
    assert len(PAGES["README.md"].splitlines()) <= 80


@pytest.fixture(scope="module")
def home(painted: Path, make_home: Callable[[], Path]) -> Path:
    """What the user of these pages has: images in class folders whose names hold the wall, and a table."""
    home = make_home()
    rows = ["path,label,group"]
    for number, image in enumerate(sorted(painted.rglob("*.jpg"))):
        folder = home / "my_images" / image.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"wall{number % 20}_{image.name}").symlink_to(image)
        rows.append(f"{image},{image.parent.name},wall{number % 20}")
    (home / "labels.csv").write_text("\n".join(rows))
    lay_out_public_sets(home, sorted(painted.rglob("*.jpg"))[:60])
    return home


def lay_out_public_sets(home: Path, images: list[Path]) -> None:
    """Folders such as those of CCIC and SDNET2018; what is in the tiles does not matter here."""
    for number, image in enumerate(images):
        surface, kind = "DPW"[number % 3], "CU"[number // 3 % 2]
        places = (
            home / "ccic" / ("Positive", "Negative")[number % 2] / f"{number:05}.jpg",
            home / "walls18" / ("Positive", "Negative")[number % 2] / f"{7000 + number // 6}-{number}.jpg",
            home / "SDNET2018" / surface / f"{kind}{surface}" / f"{7000 + number // 6}-{number}.jpg",
        )
        for place in places:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(image)


def smaller(words: list[str], painted: Path, backbone_file: Path) -> list[str]:
    """The command with settings that make it quick."""
    size = ["model.image_size_px=32", "evaluation.bootstrap_resamples=20"]
    network = (
        [] if "model=mobilenet_v2_035" in words else ["model.backbone.alpha=0.35", f"model.weights={backbone_file}"]
    )
    head = [] if "training.epochs=0" in words else ["training.epochs=1"]
    fine_tune = ["fine_tune.epochs=1"] if words in WITH_FINE_TUNING else ["fine_tune=none"]
    fine_tune = [] if "fine_tune=none" in words else fine_tune
    is_synthetic = not any(word.startswith(("data=", "experiment=")) for word in words)
    # 241 MB would be fetched.
    given = ["data.path=ccic"] if "data=ccic" in words else []
    data = [f"data.folder={painted.parent}", "data.images=100", "data.size_px=64"] if is_synthetic else []
    return [*words, *size, *network, *head, *fine_tune, *data, *given]


@pytest.fixture(scope="module")
def cache(painted_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """That of one user, with the weights imagenet+painted as if they had been made on this machine."""
    import keras

    from crack_exp.model.painted import cache_path

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRACK_EXP_CACHE", str(tmp_path_factory.mktemp("cache")))
        body = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None)
        shutil.copy(painted_file, cache_path(body, "imagenet+painted"))
        yield


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("words", DONE, ids=" ".join)
def test_a_run_of_these_pages_works(
    words: list[str], home: Path, painted: Path, backbone_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    evaluation = run(smaller(words, painted, backbone_file))
    is_sdnet, of_two = "experiment=sdnet2018" in words, {"data=ccic", "data.path=walls18"} & set(words)
    assert len(evaluation.predictions.class_names) == (2 if is_sdnet or of_two else 5)
    surfaces = set(evaluation.predictions.surfaces or [])
    assert surfaces <= {"deck", "pavement", "wall"} and bool(surfaces) == is_sdnet


def test_the_python_example_works(
    home: Path, painted: Path, backbone_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    (example,) = re.findall(r"```python\n(.*?)```", PAGES["docs/settings.md"], flags=re.DOTALL)
    assert '["optimizer=rmsprop", "training.epochs=5"]' in example
    settings = smaller(["optimizer=rmsprop"], painted, backbone_file)
    exec(example.replace('["optimizer=rmsprop", "training.epochs=5"]', repr(settings)), {})


USES = [words for module, *words in OF_THE_PACKAGE if module in ("crack_exp.predict", "crack_exp.survey")]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an inspector: photos, and a model in a file."""
    folder = tmp_path_factory.mktemp("inspector")
    for name in ("new_photos", "my_photos", "my_images", "walls", "wall_photos", "first_day", "second_day"):
        grey_images(folder / name, {"0.jpg": 10, "1.jpg": 240}, side_px=420)
    network = brightness_network()
    save_with_card(network, card_of(network), folder / "bright.keras", beside=folder / "card.json")
    return folder


@pytest.mark.parametrize("words", USES, ids=" ".join)
def test_predictions_and_surveys_of_these_pages_work(
    words: list[str], photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos)
    is_survey = any(word.startswith("photos=") for word in words)
    command = survey if is_survey else predict
    assert command([*words, "model=bright.keras", *(["tile_px=200"] if is_survey else ["overwrite=true"])])


def test_the_five_lines_of_python_work(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (lines,) = re.findall(r"```python\n(from crack_exp import .*?)```", PAGES["docs/new-images.md"], flags=re.DOTALL)
    monkeypatch.chdir(photos)
    grey_images(photos, {"a.jpg": 10, "b.jpg": 240})
    exec(lines.replace('"latest"', '"bright.keras"'), {})
    said = [line.split() for line in capsys.readouterr().out.splitlines() if ".jpg" in line]
    assert [(name, label, is_crack) for name, label, _, is_crack in said] == [
        ("a.jpg", "intact", "False"),
        ("b.jpg", "wide", "True"),
    ]
