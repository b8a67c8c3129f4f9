"""Settings that are fine alone and impossible together."""

from crack_exp.config.schema import Config


def check_contradictions(config: Config) -> None:
    """Raise ValueError, naming both settings, for the first pair that cannot hold together."""
    _check_split(config)
    _check_fine_tuning(config)


def _check_split(config: Config) -> None:
    data = config.data
    if data.validation + data.test >= 1:
        raise ValueError(
            f"data.validation={data.validation} and data.test={data.test}: nothing is left to train on; "
            "their sum must stay below 1"
        )


def _check_fine_tuning(config: Config) -> None:
    stage, epochs = config.fine_tune.stage, config.fine_tune.epochs
    if stage is None and epochs:
        raise ValueError(f"fine_tune.epochs={epochs} without fine_tune.stage: choose one, e.g. fine_tune=top_layers")
    if stage is not None and stage not in config.model.stages:
        raise ValueError(f"fine_tune.stage={stage}: this model has the stages {', '.join(config.model.stages)}")
    if stage is not None and not epochs:
        raise ValueError(
            f"fine_tune.epochs=0 with fine_tune.stage={stage}: to train the head alone, say fine_tune=none"
        )
