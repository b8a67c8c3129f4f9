"""What every test may ask for."""

import gc
import importlib
import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.fork_server import stop_server
from tests.no_plots import no_plots

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ.pop("MLFLOW_TRACKING_URI", None)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is read from the cache of whoever runs the tests, nor left in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRACK_EXP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_server_stays() -> Iterator[None]:
    """Whatever test needs the server of processes starts it."""
    yield
    stop_server()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with whole runs come first: short tests fill up what is left of the time of either process."""
    items.sort(key=lambda item: not has_whole_runs(item.path))


@cache
def has_whole_runs(file: Path) -> bool:
    return bool(re.search(r"^from (tests\.commands|crack_exp\.run) import ", file.read_text(), re.MULTILINE))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """What a browser's page showed when its test failed; what was printed as UTF-8, which some names of files are not.

    A report goes from one process to another, which takes no other text.
    """
    report = yield
    report.sections = [(title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections]
    arguments = getattr(item, "funcargs", {})
    if report.failed and call.when == "call" and "page" in arguments:
        picture = arguments["tmp_path"] / "page.png"
        with suppress(Exception):  # a browser that died shows nothing
            arguments["page"].screenshot(path=picture)
            report.sections.append(("the page", str(picture)))
    return report


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images and weights; tests that ask for it are skipped where there is none."""
    folder = os.environ.get("CRACK_EXP_REAL_DATA")
    if not folder:
        pytest.skip("CRACK_EXP_REAL_DATA is not set: no real images here")
    return Path(folder)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's file without runs: making one takes seconds, copying it does not."""
    from crack_exp.tracking.address import StoreAddress
    from crack_exp.tracking.store import prepare_store

    folder = tmp_path_factory.mktemp("empty_store")
    prepare_store(StoreAddress(None, folder), "template")
    return folder / "mlflow.db"


@pytest.fixture(scope="session")
def make_home(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """`make_home()`: a new folder to start runs from, in which MLflow has its file already."""
    importlib.import_module("crack_exp.run.workflow")
    gc.freeze()  # Keras collects garbage at each run: it need not look through TensorFlow's modules

    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        (home / "mlruns").mkdir()
        shutil.copy(empty_store, home / "mlruns")
        return home

    return make


@pytest.fixture(scope="module")
def without_plots() -> Iterator[None]:
    """The runs of this module draw none."""
    from crack_exp.run import record

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "write_plots", no_plots)
        yield


@pytest.fixture
def home(make_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Such a folder, and the working directory of this test."""
    home = make_home()
    monkeypatch.chdir(home)
    return home


@pytest.fixture(scope="session")
def backbone_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights for the narrow MobileNetV2: random ones, as good as trained ones where only the mechanics count."""
    import keras

    keras.utils.set_random_seed(0)
    body = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None)
    path = tmp_path_factory.mktemp("weights") / "backbone.weights.h5"
    body.save_weights(path)
    return path


@pytest.fixture(scope="session")
def painted_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same network as crack_exp.pretrain leaves it, with a head for the painter's classes; random as well."""
    import keras
    import numpy as np

    from crack_exp.model.painted import PaintedHead, write_painted
    from crack_exp.painter import CLASS_NAMES

    keras.utils.set_random_seed(0)
    body = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None)
    *kernel, bias = np.random.default_rng(0).normal(size=(1281, len(CLASS_NAMES))).astype(np.float32)
    path = tmp_path_factory.mktemp("painted_weights") / "painted.npz"
    write_painted(path, body, PaintedHead(CLASS_NAMES, np.array(kernel), bias), {"seed": 0})
    return path


@pytest.fixture(scope="session")
def shipped_folder(painted_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies in a package that comes with weights for model=mobilenet_v2_035 alone."""
    from crack_exp.model.painted.ship_weights import ship

    folder = tmp_path_factory.mktemp("shipped")
    (folder / "index.json").write_text("{}")
    ship(painted_file, "mobilenet_v2_035", folder)
    return folder


@pytest.fixture(scope="session")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred small paintings in folders by class."""
    from crack_exp.data.sources.synthetic import synthetic

    first, *_ = synthetic(tmp_path_factory.mktemp("painted"), images=100, size_px=64, paint_seed=0)
    return first.path.parents[1]


@pytest.fixture(scope="session")
def tiny(backbone_file: Path, painted: Path) -> list[str]:
    """Settings of the smallest run that has both phases: few paintings, 32 pixels, the last block fine-tuned."""
    return [
        f"data.folder={painted.parent}",
        "data.images=100",
        "data.size_px=64",
        "model=mobilenet_v2_035",
        f"model.weights={backbone_file}",
        "model.image_size_px=32",
        "runtime.precision=float32",
        "fine_tune=last_block",
        "fine_tune.optimizer.learning_rate=1e-4",
        "training.epochs=3",
        "fine_tune.epochs=3",
        "evaluation.bootstrap_resamples=50",
    ]


@pytest.fixture(scope="session")
def tiny_head(tiny: list[str]) -> list[str]:
    """The same without fine-tuning: the fastest way through a run."""
    return [*(setting for setting in tiny if not setting.startswith("fine_tune")), "fine_tune=none"]


@pytest.fixture(scope="session")
def deployed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .keras file with its card: 32 pixels a side, tiles of 64; the brighter an image, the more of a crack it is.

    White is "wide" with a crack score of almost 1, black "intact" with almost 0; the threshold is 0.5, between the
    greys 112 and 113.
    """
    from crack_exp.model.card_file import save_with_card
    from tests.deployed_models import brightness_network, card_of

    network = brightness_network()
    folder = tmp_path_factory.mktemp("deployed")
    save_with_card(network, card_of(network), folder / "model.keras", beside=folder / "model_card.json")
    return folder / "model.keras"
