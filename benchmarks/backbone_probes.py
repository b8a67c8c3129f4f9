"""Linear probes: logistic regressions on frozen features, and what they are asked."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from backbone_images import ImageSet, Sets, draw_images, draw_photos
from backbone_table import CONFIDENCE, Figure
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_curve
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from crack_exp.evaluation.auroc_interval import auroc_interval
from crack_exp.evaluation.bootstrap import draw_weights, members_of, resampled_auroc
from crack_exp.evaluation.effective_groups import degrees_of_freedom, without_each
from crack_exp.evaluation.metrics import Metric, accuracy, auroc
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.proportions import proportion_interval
from crack_exp.system.progress import track

FEW, MANY = 40, 800
FALSE_ALARMS = 0.05
FOLDS = 4
RESAMPLES = 200  # for the spread of an AUROC over photos
STRENGTHS = tuple(10.0**exponent for exponent in range(-5, 2))
"""Of scikit-learn's C, from a probe that hardly looks at its features to one that trusts them all."""


@dataclass(frozen=True)
class Exam:
    """What a probe is asked in each draw: `measures` by title, on the images at indices[draw].

    overlap: judging photos for each training photo where draws take turns with the same photos, else 0.
    """

    images: ImageSet
    indices: Sequence[np.ndarray]
    measures: Mapping[str, Metric]
    overlap: float


@dataclass(frozen=True)
class Probe:
    """A logistic regression in each draw, trained on the images at indices[draw]."""

    images: ImageSet
    indices: Sequence[np.ndarray]
    exams: Sequence[Exam]


def plan(sets: Sets, draws: int) -> list[Probe]:
    """Every probe that these sets allow. The draws depend on the images alone: all weights get the same."""
    probes = list[Probe]()
    if sets.concrete:
        probes += _on_concrete(sets.concrete, sets.walls, draws)
    if sets.walls:
        probes += _on_walls(sets.walls, draws)
    for images in sets.others:
        probes.append(_on_another(images, draws))
    return probes


def overlaps(probes: Sequence[Probe]) -> dict[str, float]:
    """The overlap of each measure, by title."""
    return {title: exam.overlap for probe in probes for exam in probe.exams for title in exam.measures}


def _on_concrete(concrete: ImageSet, walls: ImageSet | None, draws: int) -> list[Probe]:
    trains, tests = zip(*(draw_images(concrete, [FEW, MANY], number) for number in range(draws)), strict=True)
    name = concrete.name
    of_few = Exam(concrete, tests, {f"{name} accuracy, {FEW} labels": accuracy}, overlap=0)
    of_many = [Exam(concrete, tests, {f"{name} accuracy, {MANY} labels": accuracy}, overlap=0)]
    if walls:
        all_walls = [np.arange(len(walls.examples))] * draws
        of_many.append(Exam(walls, all_walls, {f"{name}, {MANY} labels, to {walls.name} AUROC": auroc}, overlap=0))
    return [
        Probe(concrete, [few for few, _ in trains], [of_few]),
        Probe(concrete, [many for _, many in trains], of_many),
    ]


def _on_walls(walls: ImageSet, draws: int) -> list[Probe]:
    fews, trains, tests = zip(*(draw_photos(walls, FEW, number) for number in range(draws)), strict=True)
    photos = [[len(set(walls.photos[side])) for side in sides] for sides in (tests, trains)]
    overlap = sum(photos[0]) / sum(photos[1])
    name, false_alarms = walls.name, f"{FALSE_ALARMS:.0%} false alarms"
    of_all = {f"{name} AUROC": auroc, f"{name} recall at {false_alarms}": recall_at_few_false_alarms}
    of_few = {f"{title}, {FEW} labels": metric for title, metric in of_all.items()}
    return [
        Probe(walls, trains, [Exam(walls, tests, of_all, overlap)]),
        Probe(walls, fews, [Exam(walls, tests, of_few, overlap)]),
    ]


def _on_another(images: ImageSet, draws: int) -> Probe:
    trains, tests = zip(*(draw_images(images, [FEW], number) for number in range(draws)), strict=True)
    exam = Exam(images, tests, {f"{images.name} AUROC, {FEW} labels": auroc}, overlap=0)
    return Probe(images, [few for (few,) in trains], [exam])


def scores_of(probes: Sequence[Probe], features: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """{title: a score for each draw}; features: (N, F) by the name of the image set."""
    scores: dict[str, list[float]] = defaultdict(list)
    for probe in probes:
        known, images = features[probe.images.name], probe.images
        for number, train in enumerate(track(probe.indices, f"probes on {images.name}", len(probe.indices))):
            fitted = fit_probe(known[train], images.is_crack[train], images.photos[train], seed=number)
            for exam in probe.exams:
                judged = exam.indices[number]
                crack_scores = fitted.predict_proba(features[exam.images.name][judged])[:, 1]
                predictions = exam.images.predictions(judged, crack_scores)
                for title, metric in exam.measures.items():
                    scores[title].append(metric(predictions))
    return dict(scores)


def fit_probe(features: np.ndarray, is_crack: np.ndarray, photos: np.ndarray, seed: int) -> Pipeline:
    """Logistic regression on standardised features (n, F), its strength chosen by cross-validation over photos.

    The held-out loss over the strength is a valley: the search goes up from the weakest until the loss rises.
    """
    features = features.astype(np.float64)
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    folds = list(splitter.split(features, is_crack, photos))
    chosen, least = STRENGTHS[0], math.inf
    for strength in STRENGTHS:
        # Predicted first, judged together: a fold may hold a single photo without a crack.
        held_out = cross_val_predict(_probe(strength), features, is_crack, cv=folds, method="predict_proba")
        if (loss := log_loss(is_crack, held_out)) > least:
            break
        chosen, least = strength, loss
    return _probe(chosen).fit(features, is_crack)


def _probe(strength: float) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))


def recall_at_few_false_alarms(predictions: Predictions) -> float:
    """The largest share of cracks found by a threshold that calls at most FALSE_ALARMS of the intact images cracks."""
    false_alarms, recall, _ = roc_curve(predictions.is_crack, predictions.crack_score, drop_intermediate=False)
    return float(recall[false_alarms <= FALSE_ALARMS].max())


def area_of(predictions: Predictions) -> Figure:
    """AUROC, with an interval over the groups."""
    weights = draw_weights(members_of(predictions.groups), RESAMPLES, np.random.default_rng(0))
    freedom = degrees_of_freedom(without_each(predictions, ["auroc"])["auroc"])
    interval = auroc_interval(predictions, resampled_auroc(predictions, weights), freedom, CONFIDENCE)
    return Figure(auroc(predictions), *interval)


def zero_shot(images: ImageSet, crack_scores: np.ndarray) -> dict[str, Figure]:
    """AUROC, and accuracy where half is crack, of scores (N,) that took no label of `images`; by title."""
    predictions = images.predictions(np.arange(len(crack_scores)), crack_scores)
    hits = predictions.predicted == predictions.labels
    share = proportion_interval(hits, images.photos, CONFIDENCE)
    assert share is not None, "images of several photos"
    return {
        f"{images.name} AUROC, zero-shot": area_of(predictions),
        f"{images.name} accuracy, zero-shot": Figure(accuracy(predictions), *share),
    }
