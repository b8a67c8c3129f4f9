"""What commands that work through many files have in common: what is asked for, and what a stopped one says."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crack_exp.config.deployed_schema import BatchConfig
from crack_exp.deployed.listing import Listing
from crack_exp.deployed.output import Kind, Output, open_output
from crack_exp.deployed.sources import STANDARD_INPUT
from crack_exp.model.card import ModelCard
from crack_exp.report.numbers import counted
from crack_exp.system.keras_backend import keras_backend

log = logging.getLogger(__name__)


def request_of(
    config: BatchConfig, card: ModelCard, named: Sequence[str], listing: Listing, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """All that decides the content of the table, as JSON values: unfinished work on the same request is continued.

    named: the files as the user named them; facts: of the command.
    """
    return {
        "model": card.weights_sha256,
        "threshold": card.threshold,
        "white_level": card.white_level,
        "files": list(named),
        "folder": str(Path.cwd()),
        "listed": listing.sha256 if STANDARD_INPUT in named else None,
        "shards": config.shard_of[1],
        "keras_backend": keras_backend(),
        "engine": config.engine,
        "precision": config.precision,
        "max_megapixels": config.max_megapixels,
        **facts,
    }


@contextmanager
def open_batch(
    kind: Kind, config: BatchConfig, request: Mapping[str, Any], listing: Listing, suffix: str
) -> Iterator[Output]:
    """The output of the request, with the list of files; see `open_output`. At the end of the block it is finished."""
    with open_output(
        kind, config.output, request, shard=config.shard_of, suffix=suffix, overwrite=config.overwrite
    ) as output:
        listing.keep(output.listing)
        yield output
        output.finish()


@contextmanager
def going_on(output: Output, done: int, total: int, noun: str) -> Iterator[None]:
    """Tells that `done` of `total` files were done before, and where the command goes on if it is stopped inside."""
    if done:
        log.info("going on behind %s of %s that were done before", f"{done:,}", counted(total, noun))
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        log.info("stopped; the same command goes on behind the results in '%s'", output.unfinished)
        raise
