"""The choice of example images."""

from crack_exp.report.run.samples import evenly


def test_samples_are_spread_over_all_names() -> None:
    assert evenly([str(number) for number in range(11)], 3) == ["0", "5", "10"]


def test_a_small_class_shows_all_its_images() -> None:
    assert evenly(["a", "b"], 6) == ["a", "b"]
