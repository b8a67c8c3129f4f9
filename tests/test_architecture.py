"""The dependency line, and one home for each library, read from the imports."""

import ast
import subprocess
import sys
from collections.abc import Container, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import crack_exp

PACKAGE = Path(crack_exp.__file__).parent
COMMANDS = ("run", "pretrain", "compare", "tune", "predict", "survey", "export", "serve")
"""Each a folder: workflow.py from top to bottom, __main__.py for `python -m`."""

LINE = (
    *("system", "runtime", "painter", "data", "model", "training", "evaluation", "report", "tracking", "config"),
    *("run_files", "deployed", "sweep", "command", *COMMANDS, "cache", "__init__", "__main__"),
)
"""A file imports from its own part, or from parts that stand before it."""

HOMES = {
    "tensorflow": {
        *("runtime/tensorflow_backend.py", "model/fused_batch_norm.py"),
        *("export/savedmodel.py", "export/resizing_inside.py", "export/litert_conversion.py"),
    },
    "jax": {"runtime/jax_backend.py"},
    "torch": {"runtime/torch_backend.py"},
    "openvino": {"model/openvino_engine.py"},
    "nncf": {"export/openvino_ir.py"},
    "onnx": {"export/onnx_file.py"},
    "onnxruntime": {"export/onnx_file.py"},
    "ai_edge_litert": {"export/litert.py"},
    "ai_edge_quantizer": {"export/litert_conversion.py"},
    "mlflow": {"tracking/"},
    "optuna": {"tune/study.py"},
    "rarfile": {"data/sources/archive.py"},
    "matplotlib": {"report/"},
    "fastapi": {"serve/"},
    "starlette": {"serve/"},
    "uvicorn": {"serve/"},
    "pyarrow": {"predict/tables.py"},
    "hydra": {"config/", "sweep/callbacks.py", "sweep/worker.py", "command.py"},
    "omegaconf": {
        *(
            "config/",
            "run_files/folder.py",
            "sweep/callbacks.py",
            "sweep/worker.py",
            "sweep/shared_folder.py",
            "command.py",
        ),
        *(f"{command}/__init__.py" for command in COMMANDS),
    },
}
HEAVY = {"tensorflow", "jax", "torch", "keras", "openvino", "mlflow", "optuna", "matplotlib", "sklearn", "scipy"}


def imports(source: str) -> Iterator[str]:
    """The full dotted names of what `source` imports, wherever it stands, also for type checking alone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a name comes from"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def part(path: str) -> str:
    """The part of the line that a file (path below the package) belongs to: its folder, or itself at the top."""
    return path.split("/")[0].removesuffix(".py")


def imported_part(name: str) -> str | None:
    """The part that an imported name comes from; None for a library, or for the package itself."""
    words = name.split(".")
    return part(words[1]) if words[0] == "crack_exp" and len(words) > 1 else None


def against_the_line(path: str, source: str) -> list[str]:
    """The imports of a file that come from a part behind its own."""
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
    return path == home or (home.endswith("/") and path.startswith(home))


def values_of_dataclasses(source: str) -> list[str]:
    """Fields of dataclasses in `source`, as CLASS.FIELD, with a value that is no setting, group or MISSING."""
    return [
        f"{owner.name}.{ast.unparse(field.target)}"
        for owner in ast.walk(ast.parse(source))
        if isinstance(owner, ast.ClassDef) and any("dataclass" in ast.unparse(mark) for mark in owner.decorator_list)
        for field in owner.body
        if isinstance(field, ast.AnnAssign) and field.value is not None and not _is_missing(field.value)
    ]


def _is_missing(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in ("setting", "group")
    return ast.unparse(value) == "MISSING"


SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}


def modules() -> dict[str, str]:
    """{dotted name below the package: source}; a folder's __init__ bears the folder's name."""
    names = {path: path.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in SOURCES}
    return {name: SOURCES[path] for path, name in names.items()}


def imported_modules(source: str, known: Container[str]) -> set[str]:
    """What `source` imports of this package, wherever it stands: modules, below the package."""
    own = [name.removeprefix("crack_exp.") for name in imports(source) if name.startswith("crack_exp.")]
    return {name if name in known else name.rpartition(".")[0] for name in own}


def circle_among(sources: Mapping[str, str]) -> list[str]:
    """Modules that import each other in a circle; none where there is no circle."""
    graph = {name: imported_modules(source, sources) - {""} for name, source in sources.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def test_the_files_were_found() -> None:
    known = {"run/workflow.py", "__main__.py", "system/quiet_start.py", "runtime/session.py", "data/batches.py"}
    known |= {"painter/crack/shapes.py", "tracking/recorder.py", "report/run/plots.py", "config/schema.py"}
    assert known <= set(SOURCES)
    assert {part(path) for path in SOURCES} == set(LINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_a_folder_with_its_workflow(command: str) -> None:
    assert {f"{command}/__init__.py", f"{command}/__main__.py", f"{command}/workflow.py"} <= set(SOURCES)


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle_among(modules()) == []


def test_the_check_of_circles_sees() -> None:
    sources = {"a.one": "from crack_exp.b import two", "b.two": "def f():\n    import crack_exp.a.one", "b": ""}
    assert set(circle_among(sources)) == {"a.one", "b.two"}
    assert circle_among(sources | {"b.two": "from crack_exp import b"}) == []


def test_the_libraries_were_found_at_home() -> None:
    found = {name.split(".")[0] for source in SOURCES.values() for name in imports(source)}
    assert set(HOMES) | HEAVY <= found


@pytest.mark.parametrize("path", SOURCES)
def test_a_file_imports_from_its_own_part_or_from_one_before_it(path: str) -> None:
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
        ("data/audit.py", "from crack_exp.runtime.session import session", []),
        ("data/audit.py", "from crack_exp.model.weights import fingerprint", ["crack_exp.model.weights.fingerprint"]),
        ("data/audit.py", "import crack_exp.training.phase", ["crack_exp.training.phase"]),
        ("data/audit.py", "def f():\n    from crack_exp import report", ["crack_exp.report"]),
        ("runtime/session.py", "from crack_exp.system.quiet_start import quiet_start", []),
        ("system/locks.py", "from crack_exp.runtime import session", ["crack_exp.runtime.session"]),
        ("config/network.py", "from crack_exp.run import run", ["crack_exp.run.run"]),
        ("sweep/jobs.py", "if TYPE_CHECKING:\n    from crack_exp.run import workflow", ["crack_exp.run.workflow"]),
        ("run/workflow.py", "from crack_exp.tune.study import Study", ["crack_exp.tune.study.Study"]),
        ("tune/workflow.py", "from crack_exp.run import workflow\nfrom crack_exp.command import call", []),
    ],
)
def test_the_check_of_the_line_sees(path: str, source: str, found: list[str]) -> None:
    assert against_the_line(path, source) == found


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("runtime/tensorflow_backend.py", "import tensorflow as tf", []),
        ("data/batches.py", "import tensorflow as tf", ["tensorflow"]),
        ("data/image_io.py", "import tensorflow as tf", ["tensorflow"]),
        ("model/weights.py", "from tensorflow.python import keras", ["tensorflow.python.keras"]),
        ("model/openvino_engine.py", "def f():\n    import openvino", []),
        ("model/features.py", "from openvino import Core", ["openvino.Core"]),
        ("tracking/store.py", "import mlflow.tracking", []),
        ("run/record.py", "def f():\n    import mlflow", ["mlflow"]),
        ("report/style.py", "from matplotlib import pyplot", []),
        ("evaluation/metrics.py", "from matplotlib import pyplot", ["matplotlib.pyplot"]),
        ("config/instantiate.py", "from hydra.utils import instantiate", []),
        ("command.py", "import hydra, omegaconf", []),
        ("run/workflow.py", "from omegaconf import OmegaConf", ["omegaconf.OmegaConf"]),
    ],
)
def test_the_check_of_homes_sees(path: str, source: str, found: list[str]) -> None:
    assert away_from_home(path, source) == found


def test_the_check_of_values_sees() -> None:
    source = """
@dataclass
class A:
    free: int = MISSING
    checked: int = setting(MODEL, at_least(0))
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
