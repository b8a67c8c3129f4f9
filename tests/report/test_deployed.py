"""What pages of a deployed model say of its figures, and of what computed them."""

import pytest

from crack_exp.model.card import Figure, ModelCard
from crack_exp.report.deployed import card_figure, model_section
from crack_exp.report.section import Table
from crack_exp.system.machine import package_version
from tests.deployed_models import brightness_network, card_of


def test_a_figure_has_its_unit_and_its_interval_where_one_is_known() -> None:
    figures = {"recall_at_threshold": Figure(0.951, 0.94, 0.961), "auroc": Figure(0.9876, None, None)}
    card = card_of(brightness_network(), figures=figures)
    assert card_figure(card, "recall_at_threshold") == "95.1 % (95 % interval 94.0 to 96.1 %)"
    assert card_figure(card, "auroc") == "0.988"


def test_another_backend_than_that_of_the_training_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def computed_by(card: ModelCard) -> str:
        (table,) = model_section(card).parts
        assert isinstance(table, Table)
        return next(str(row[1]) for row in table.rows if row[0] == "computed by")

    card = card_of(brightness_network())
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert computed_by(card) == "TensorFlow 2.21.0"
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    said = f"TensorFlow 2.21.0 in training and test; JAX {package_version('jax')} on this page, whose rounding differs"
    assert computed_by(card) == said
