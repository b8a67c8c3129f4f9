"""What pages of a deployed model say of its figures."""

from crack_exp.model.card import Figure
from crack_exp.report.deployed import figure_text


def test_a_figure_has_its_interval_where_one_is_known() -> None:
    assert figure_text(Figure(0.951, 0.94, 0.961), 0.95) == "0.951 (95 % interval 0.940 to 0.961)"
    assert figure_text(Figure(0.951, None, None), 0.95) == "0.951"
