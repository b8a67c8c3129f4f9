"""The card that the model of a run travels with."""

from datetime import UTC, datetime

from crack_exp.data.sources.sources import PAINTED
from crack_exp.model.card import PAINTED_ONLY, RESIZING, SCORE_OF_CLASSES, ModelCard
from crack_exp.model.weights import fingerprint
from crack_exp.report.promise import promise, rule
from crack_exp.report.wording import sample
from crack_exp.run.outcome import Outcome
from crack_exp.run.state import Run
from crack_exp.run_files.recorded_metrics import figures_with_intervals
from crack_exp.system.keras_backend import backend_shown
from crack_exp.system.machine import package_version


def model_card(run: Run, outcome: Outcome) -> ModelCard:
    """What a user of the model of `outcome` must know."""
    test, config = outcome.test, run.config
    assert test.threshold is not None
    is_painted = config.data.source == PAINTED
    return ModelCard(
        class_names=outcome.splits.class_names,
        intact=sorted(outcome.splits.intact),
        score=SCORE_OF_CLASSES,
        threshold=test.threshold,
        threshold_rule=rule(outcome.point),
        promise=promise(outcome.point, images_known_alone=not run.images.groups_known),
        temperature=outcome.temperature,
        image_size_px=config.model.image_size_px,
        resizing=RESIZING,
        tile_px=run.images.tile_px,
        mm_per_px=config.data.mm_per_px,
        white_level=config.data.white_level,
        precision=run.session.precision,
        computed_by=backend_shown(),
        weights_sha256=fingerprint(outcome.model),
        data_sha256=run.images.sha256,
        figures=figures_with_intervals(test),
        confidence=test.confidence,
        tested_on=f"{sample(test, 'test')} of data={config.data.source}{PAINTED_ONLY if is_painted else ''}",
        run_id=run.recorder.run_id,
        command=run.start.command,
        version=package_version("crack-exp"),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )
