"""What a comparison shows: tables in words, pictures, and one page."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.verdicts import compare_pairs
from crack_exp.report.comparison import Comparison, Contender, comparison_text
from crack_exp.report.comparison_page import write_comparison
from crack_exp.report.comparison_plots import COMPARISON_PLOTS
from crack_exp.report.plots import write_png
from tests.report.conftest import Epoch

LABELS = np.arange(200) % 2


def predictions(noise: float, seed: int) -> Predictions:
    logits = 2 * (2 * LABELS - 1) + noise * np.random.default_rng(seed).normal(size=len(LABELS))
    scores = 1 / (1 + np.exp(-logits))
    names = [f"{number:03}.jpg" for number in range(len(LABELS))]
    probabilities = np.stack([1 - scores, scores], axis=1)
    return Predictions(names, names, LABELS, probabilities, ["intact", "crack"], frozenset([0]))


def epochs(count: int, lift: float) -> list[Epoch]:
    return [
        Epoch(
            epoch=number + 1,
            phase="head" if number < 3 else "fine_tune",
            train_loss=0.6 / (number + 1),
            val_loss=0.7 / (number + 1) - lift / 10,
            train_accuracy=1 - 0.3 / (number + 1),
            val_accuracy=1 - 0.4 / (number + 1) + lift / 10,
            learning_rate=1e-4,
            seconds=1.0,
        )
        for number in range(count)
    ]


def contender(name: str, auroc: float, seeds: int = 3) -> Contender:
    spread = [auroc + 0.002 * number for number in range(seeds)]
    return Contender(
        name=name,
        seeds=[str(number + 1) for number in range(seeds)],
        figures={metric: spread for metric in ("accuracy", "auroc", "macro_f1", "loss")},
        seconds=[20.0 + number for number in range(seeds)],
        settings={"optimizer._target_": f"keras.optimizers.{name}", "training.dropout": ""},
        histories=[epochs(6, auroc - 0.9 + 0.01 * number) for number in range(seeds)],
    )


@pytest.fixture
def comparison() -> Comparison:
    of = {"adam": 1.0, "nadam": 1.05, "sgd": 8.0}
    runs = {name: {str(seed): predictions(noise, seed) for seed in (1, 2, 3)} for name, noise in of.items()}
    return Comparison(
        command="python -m crack_exp.compare sweep=monday",
        metric="auroc",
        confidence=0.95,
        contenders=[contender("adam", 0.97), contender("nadam", 0.969), contender("sgd", 0.91)],
        pairs=compare_pairs(runs, "auroc", resamples=100, seed=0),
        images=200,
        groups=200,
        left_out=["run 7 ('old') has no predictions"],
    )


def test_the_text_says_who_is_better_and_what_could_have_been_seen(comparison: Comparison) -> None:
    text = " ".join(comparison_text(comparison).split())
    assert "0.9720" in text and "0.9700 to 0.9740" in text
    assert "sgd is the worse setting" in text
    assert "could be detected" in text
    assert "corrected for 3 comparisons" in text
    assert all(len(line) <= 80 for line in comparison_text(comparison).splitlines())


def test_a_set_that_is_too_easy_is_told_to_be(comparison: Comparison) -> None:
    assert "single images" not in comparison_text(comparison)
    easy = without(
        comparison, figures={metric: [0.995, 1.0, 1.0] for metric in ("accuracy", "auroc", "macro_f1", "loss")}
    )
    text = " ".join(comparison_text(easy).split())
    assert "Even the worst run errs on no more than 1 image: differences are of single images here" in text


def test_a_long_name_is_folded_and_never_cut(comparison: Comparison) -> None:
    name = "model.weights=" + "a_long_way_down/" * 8
    first, *others = comparison.contenders
    long = Comparison(**(vars(comparison) | {"contenders": [Contender(**(vars(first) | {"name": name})), *others]}))
    text = comparison_text(long)
    assert "…" not in text and name in "".join(line.split(" ")[1] for line in text.splitlines() if line.strip())


def test_of_few_seeds_it_is_said_that_models_are_compared(comparison: Comparison) -> None:
    of = {"adam": 1.0, "sgd": 8.0}
    pairs = compare_pairs({name: {"1": predictions(n, 1)} for name, n in of.items()}, "auroc", resamples=100, seed=0)
    text = " ".join(comparison_text(Comparison(**(vars(comparison) | {"pairs": pairs}))).split())
    assert "sgd is the worse model" in text and "it is models, not settings, that are compared" in text


def test_the_page_holds_it_all_and_stands_alone(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison(comparison, tmp_path / "comparison.html")
    page = (tmp_path / "comparison.html").read_text()
    for said in (
        "3 settings compared",
        "sgd is the worse setting",
        "keras.optimizers.sgd",
        "run 7 (&#39;old&#39;) has no predictions",
        "python -m crack_exp.compare sweep=monday",
    ):
        assert said in page, said
    assert page.count("data:image/png;base64,") == len(COMPARISON_PLOTS)
    assert "http" not in page.replace("http://www.w3.org", "") and list(tmp_path.iterdir()) == [
        tmp_path / "comparison.html"
    ]


def without(comparison: Comparison, **fields: Any) -> Comparison:
    contenders = [Contender(**(vars(one) | fields)) for one in comparison.contenders]
    return Comparison(**(vars(comparison) | {"contenders": contenders}))


def test_what_was_not_recorded_is_not_drawn(comparison: Comparison, tmp_path: Path) -> None:
    bare = without(comparison, histories=[[], [], []], seconds=[])
    assert [draw(bare) for draw in COMPARISON_PLOTS.values()] == [None, None]
    write_comparison(bare, tmp_path / "comparison.html")
    assert "data:image/png" not in (tmp_path / "comparison.html").read_text()


@pytest.mark.parametrize("name", COMPARISON_PLOTS)
def test_every_picture_is_drawn(comparison: Comparison, name: str, tmp_path: Path) -> None:
    figure = COMPARISON_PLOTS[name](comparison)
    assert figure is not None
    write_png(figure, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.width > 900
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["adam", "nadam", "sgd"]


def test_a_curve_is_the_mean_of_the_seeds(comparison: Comparison) -> None:
    figure = COMPARISON_PLOTS["curves"](comparison)
    assert figure is not None
    adam, *_ = figure.axes[1].get_lines()
    expected = np.mean([[row.val_loss for row in history] for history in comparison.contenders[0].histories], axis=0)
    np.testing.assert_allclose(np.asarray(adam.get_ydata(), float), expected)
