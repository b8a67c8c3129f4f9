"""What pages of a deployed model say of its figures."""

from crack_exp.model.card import Figure
from crack_exp.report.deployed import card_figure
from tests.deployed_models import brightness_network, card_of


def test_a_figure_has_its_unit_and_its_interval_where_one_is_known() -> None:
    figures = {"recall_at_threshold": Figure(0.951, 0.94, 0.961), "auroc": Figure(0.9876, None, None)}
    card = card_of(brightness_network(), figures=figures)
    assert card_figure(card, "recall_at_threshold") == "95.1 % (95 % interval 94.0 to 96.1 %)"
    assert card_figure(card, "auroc") == "0.988"
