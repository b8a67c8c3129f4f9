"""From what Hydra composed to a typed and checked configuration, or to one sentence about the error in it."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from crack_exp.config.compare_schema import CompareConfig, check_comparison
from crack_exp.config.consistency import check_consistency
from crack_exp.config.deployed_schema import DeployedConfig
from crack_exp.config.free_form import AUGMENTATION_RANGES, BACKBONE_RANGES, OPTIMIZER_RANGES, check_free_form
from crack_exp.config.interpolations import check_interpolations
from crack_exp.config.pretrain_schema import PretrainConfig, check_pretraining
from crack_exp.config.schema import DATA_SCHEMAS, CommandConfig, Config
from crack_exp.config.setting_errors import one_sentence
from crack_exp.config.texts import no_interpolation
from crack_exp.config.tune_schema import Tune, TuneConfig, read_space
from crack_exp.config.validators import check_groups, check_kinds, check_ranges, check_texts
from crack_exp.system.errors import UserError, shown
from crack_exp.tracking.credentials import check_no_credentials

HYDRA_VERSION = "1.3"

STORED = {"tracking/as_in_run": "tracking/mlflow"}
"""Choices that are no file of the folder, and the file of conf/ that each of them is; see `conf_of`."""

Schema = TypeVar("Schema")
Deployed = TypeVar("Deployed", bound=DeployedConfig)


def conf_dir() -> str:
    """The folder of YAML files: `conf/` of the checkout, or of the installed package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "conf"
    return str(installed if installed.is_dir() else package.parents[1] / "conf")


def conf_of(config_name: str) -> tuple[str, str]:
    """The folder of a command's primary YAML file, and its name there.

    Commands that use a model have a folder of their own, `deployed/`: with the groups of conf/ beside it, Hydra would
    take `model=latest` for one of conf/model/. The one group that they share, conf/tracking/, is therefore put into
    Hydra's store of nodes, where they name it by `tracking: as_in_run`.
    """
    path = Path(conf_dir(), config_name)
    tracking = OmegaConf.load(Path(conf_dir(), "tracking", "mlflow.yaml"))
    ConfigStore.instance().store(name="as_in_run", group="tracking", node=tracking)
    return str(path.parent), path.name


def typed(composed: DictConfig) -> Config:
    """The composed configuration as dataclasses: complete, of the right types, in range, consistent.

    Raises UserError that names the first setting that is not.
    """
    config = _in_range(composed, Config)
    check_free_form(config.optimizer, "optimizer", OPTIMIZER_RANGES)
    check_free_form(config.fine_tune.optimizer, "fine_tune.optimizer", OPTIMIZER_RANGES)
    check_free_form(config.model.backbone, "model.backbone", BACKBONE_RANGES)
    check_free_form(config.augment.layers, "augment.layers", AUGMENTATION_RANGES)
    check_consistency(config)
    return config


def typed_tuning(composed: DictConfig) -> TuneConfig:
    """The group `tune` of a search's configuration, typed and checked like `typed`."""
    tune = _in_range(OmegaConf.masked_copy(composed, "tune"), Tune).tune
    read_space(tune.space)
    return tune


def composed_here(config_name: str, overrides: Sequence[str]) -> DictConfig:
    """What Hydra composes from these overrides, with its own configuration under `hydra`.

    Inside a command it uses the same folders: conf/, and that of --config-dir.
    """
    is_inside = GlobalHydra.instance().is_initialized()
    with nullcontext() if is_inside else initialize_config_dir(conf_dir(), version_base=HYDRA_VERSION):
        return compose(config_name, list(overrides), return_hydra_config=True)


def without_hydra(composed: DictConfig) -> DictConfig:
    """The settings without Hydra's own configuration."""
    return OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])


def default_settings(*overrides: str) -> Config:
    """The settings of `python -m crack_exp.run`, without or with these overrides."""
    # Hydra is initialised once: the folder of the command, which may be another one, is put back afterwards.
    of_the_command = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(conf_dir(), version_base=HYDRA_VERSION):
            return typed(compose("config", overrides=list(overrides)))
    finally:
        GlobalHydra.instance().hydra = of_the_command


def typed_pretraining(composed: DictConfig) -> PretrainConfig:
    """The configuration of a pretraining, typed and checked like `typed`."""
    config = _in_range(composed, PretrainConfig)
    check_free_form(config.optimizer, "optimizer", OPTIMIZER_RANGES)
    check_free_form(config.model.backbone, "model.backbone", BACKBONE_RANGES)
    check_pretraining(config)
    return config


def typed_comparison(composed: DictConfig) -> CompareConfig:
    """The configuration of a comparison, typed and checked like `typed`."""
    config = _in_range(composed, CompareConfig)
    check_comparison(config)
    return config


def typed_deployed(composed: DictConfig, schema: type[Deployed]) -> Deployed:
    """The configuration of a command that uses a trained model, typed and checked like `typed`."""
    return _in_range(composed, schema)


def to_yaml(config: CommandConfig) -> str:
    """The configuration, resolved, as YAML that `typed(OmegaConf.load(...))` takes."""
    return OmegaConf.to_yaml(OmegaConf.create(no_interpolation(asdict(config))))


def _in_range(composed: DictConfig, schema: type[Schema]) -> Schema:
    """The composed values as dataclasses of this schema, each of the right type and in its range."""
    config = _merged(composed, schema)
    assert isinstance(config, schema)
    check_ranges(config)
    return config


def _merged(composed: DictConfig, schema: type) -> object:
    """The composed values in this schema."""
    try:
        check_interpolations(OmegaConf.to_container(composed, resolve=False))
        values = OmegaConf.to_container(composed, resolve=True)
        assert isinstance(values, dict)
        check_no_credentials(values)
        check_texts(values)
        values = no_interpolation(values)  # what stood for another setting is resolved; `${` in a name stays
        shape = _shape(schema, values)
        check_groups(schema, values)
        # A second merge: Hydra lets `+data.nonsense=1` pass a schema in silence, OmegaConf does not.
        merged = OmegaConf.to_object(OmegaConf.merge(shape, values))
    except OmegaConfBaseException as error:
        raise UserError(one_sentence(error)) from error
    check_kinds(merged, values)
    return merged


def _shape(schema: type, values: dict[Any, Any]) -> DictConfig:
    """The schema for OmegaConf; that of a run with the data part of the source in question."""
    shape: DictConfig = OmegaConf.structured(schema)
    if schema is not Config:
        return shape
    data = values.get("data")
    source = data.get("source") if isinstance(data, dict) else None
    if not isinstance(source, str) or source not in DATA_SCHEMAS:
        raise UserError(f"data.source={shown(source)}: must be one of {', '.join(DATA_SCHEMAS)}; say data=SOURCE")
    shape.data = OmegaConf.structured(DATA_SCHEMAS[source])
    return shape
