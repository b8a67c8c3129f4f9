"""What is shown of an epoch."""

import pytest

from crack_exp.system import progress
from crack_exp.training.callbacks import LiveProgress


def test_the_progress_counts_epochs_as_the_records_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight epochs of the head came before; a file gets a line for a step that took long."""
    monkeypatch.setattr(progress, "SECONDS_UNTIL_LINE", 0.0)
    shown = LiveProgress("fine_tune", epochs=13, started=8)
    shown.set_params({"steps": 4})
    shown.on_epoch_begin(0)
    shown.on_train_batch_end(1)
    assert capsys.readouterr().out.startswith("fine_tune: epoch 9/13: 2 of 4, ")
