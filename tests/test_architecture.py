"""The dependency line, and one home for each library, read from the imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import crack_exp

PACKAGE = Path(crack_exp.__file__).parent
VERBS = "verbs"
LINE = (
    *(
        "quiet",
        "timing",
        "cores",
        "locks",
        "interrupts",
        "runtime",
        "data",
        "model",
        "training",
        "evaluation",
        "report",
        "tracking",
        "config",
        "experiment",
    ),
    VERBS,
)
"""From left to right: a file imports from its own part, or from parts to its left."""

HOMES = {
    "tensorflow": {"data/pipeline.py", "runtime.py", "model/fused_batch_norm.py"},
    "openvino": {"model/openvino_engine.py"},
    "mlflow": {"tracking/"},
    "optuna": {"experiment/study.py"},
    "matplotlib": {"report/"},
    "hydra": {"config/", VERBS},
    "omegaconf": {"config/", VERBS},
}
HEAVY = {"tensorflow", "keras", "openvino", "mlflow", "optuna", "matplotlib", "sklearn", "scipy"}


def imports(source: str) -> Iterator[str]:
    """The full dotted names of what `source` imports, wherever it stands, also for type checking alone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a name comes from"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def part(path: str) -> str:
    """The part of the line that a file (path below the package) belongs to; files at the top are verbs."""
    first = path.split("/")[0].removesuffix(".py")
    return first if first in LINE else VERBS


def imported_part(name: str) -> str | None:
    """The part that an imported name comes from; None for a library, or for the package itself."""
    words = name.split(".")
    return part(words[1]) if words[0] == "crack_exp" and len(words) > 1 else None


def against_the_line(path: str, source: str) -> list[str]:
    """The imports of a file that come from a part to its right."""
    here = LINE.index(part(path))
    return [name for name in imports(source) if (other := imported_part(name)) and LINE.index(other) > here]


def away_from_home(path: str, source: str) -> list[str]:
    """The imports of a file that only other files may have."""
    return [
        name
        for name in imports(source)
        if (homes := HOMES.get(name.split(".")[0])) and not any(_is_at(path, home) for home in homes)
    ]


def _is_at(path: str, home: str) -> bool:
    return part(path) == VERBS if home == VERBS else path == home or (home.endswith("/") and path.startswith(home))


def values_of_dataclasses(source: str) -> list[str]:
    """Fields of dataclasses in `source` with a value other than MISSING or `ranged(...)`, as CLASS.FIELD."""
    return [
        f"{owner.name}.{ast.unparse(field.target)}"
        for owner in ast.walk(ast.parse(source))
        if isinstance(owner, ast.ClassDef) and any("dataclass" in ast.unparse(mark) for mark in owner.decorator_list)
        for field in owner.body
        if isinstance(field, ast.AnnAssign) and field.value is not None and not _is_missing(field.value)
    ]


def _is_missing(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) == "ranged"
    return ast.unparse(value) == "MISSING"


SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}


def test_the_files_were_found() -> None:
    known = {"run.py", "__main__.py", "quiet.py", "runtime.py", "data/pipeline.py", "data/painter/cracks.py"}
    assert known | {"tracking/recorder.py", "report/plots.py", "config/schema.py", "experiment/story.py"} <= set(
        SOURCES
    )
    assert {part(path) for path in SOURCES} == set(LINE)


def test_the_libraries_were_found_at_home() -> None:
    found = {name.split(".")[0] for source in SOURCES.values() for name in imports(source)}
    assert set(HOMES) | HEAVY <= found


@pytest.mark.parametrize("path", SOURCES)
def test_a_file_imports_from_its_own_part_or_from_the_left(path: str) -> None:
    assert against_the_line(path, SOURCES[path]) == []


@pytest.mark.parametrize("path", SOURCES)
def test_a_library_is_imported_at_its_home_alone(path: str) -> None:
    assert away_from_home(path, SOURCES[path]) == []


def test_values_live_in_yaml_alone() -> None:
    assert "class TrainingConfig" in SOURCES["config/schema.py"]
    assert values_of_dataclasses(SOURCES["config/schema.py"]) == []


def test_the_command_is_imported_without_what_is_heavy() -> None:
    program = f"import sys, crack_exp.run, crack_exp.__main__; print(*sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("data/audit.py", "from crack_exp.data.examples import Example", []),
        ("data/audit.py", "from crack_exp.runtime import session", []),
        ("data/audit.py", "from crack_exp.model.weights import fingerprint", ["crack_exp.model.weights.fingerprint"]),
        ("data/audit.py", "import crack_exp.training.phase", ["crack_exp.training.phase"]),
        ("data/audit.py", "def f():\n    from crack_exp import report", ["crack_exp.report"]),
        ("runtime.py", "from crack_exp.system.quiet_tensorflow import quiet_start", []),
        ("quiet.py", "from crack_exp.runtime import session", ["crack_exp.runtime.session"]),
        ("config/build.py", "from crack_exp.run import run", ["crack_exp.run.run"]),
        (
            "config/build.py",
            "if TYPE_CHECKING:\n    from crack_exp.experiment import story",
            ["crack_exp.run.workflow"],
        ),
        ("compare.py", "from crack_exp.experiment import story\nfrom crack_exp.run import run", []),
    ],
)
def test_the_check_of_the_line_sees(path: str, source: str, found: list[str]) -> None:
    assert against_the_line(path, source) == found


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("data/pipeline.py", "import tensorflow as tf", []),
        ("data/images.py", "import tensorflow as tf", ["tensorflow"]),
        ("model/weights.py", "from tensorflow.python import keras", ["tensorflow.python.keras"]),
        ("model/openvino_engine.py", "def f():\n    import openvino", []),
        ("model/features.py", "from openvino import Core", ["openvino.Core"]),
        ("tracking/store.py", "import mlflow.tracking", []),
        ("experiment/records.py", "def f():\n    import mlflow", ["mlflow"]),
        ("report/style.py", "from matplotlib import pyplot", []),
        ("evaluation/metrics.py", "from matplotlib import pyplot", ["matplotlib.pyplot"]),
        ("config/build.py", "from hydra.utils import instantiate", []),
        ("sweep.py", "import hydra, omegaconf", []),
        ("experiment/story.py", "from omegaconf import OmegaConf", ["omegaconf.OmegaConf"]),
    ],
)
def test_the_check_of_homes_sees(path: str, source: str, found: list[str]) -> None:
    assert away_from_home(path, source) == found


def test_the_check_of_values_sees() -> None:
    source = """
@dataclass
class A:
    free: int = MISSING
    checked: int = ranged(at_least(0))
    fixed: int = 3
    made: list[int] = field(default_factory=list)
    bare: str

class NoDataclass:
    count: int = 3
"""
    assert values_of_dataclasses(source) == ["A.fixed", "A.made"]


def test_a_relative_import_is_refused() -> None:
    with pytest.raises(AssertionError, match="relative"):
        list(imports("from . import images"))
