"""From the settings that all commands with a model share to the model."""

import logging
from pathlib import Path

from crack_exp.config import DeployedConfig
from crack_exp.deployed.model import DeployedModel, load_deployed
from crack_exp.system.quiet_start import quiet_start

log = logging.getLogger(__name__)


def deployed_model(config: DeployedConfig, file: Path | None) -> DeployedModel:
    """The model in `file` with these settings; see `file_of_model`. Raises UserError."""
    with quiet_start():
        model = load_deployed(
            file, config.model, threshold=config.threshold, engine=config.engine, precision=config.precision
        )
    card = model.card
    log.info("model: %s, of %s; %s", card.run_id or config.model, card.date[:10], card.command)
    log.info("crack: a crack score of at least %.4g (%s)", card.threshold, card.threshold_rule)
    return model
