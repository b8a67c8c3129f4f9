"""The words that every page uses, each in a sentence or two. docs/definitions.md has the same."""

from crack_exp.model.card import RESIZING

DEFINITIONS = {
    "crack score": (
        "How sure the model is that an image shows a crack of any kind, from 0 to 1: 1 minus the probability of "
        "all intact classes."
    ),
    "threshold": (
        "From this crack score on, an image is called cracked. It is chosen on validation images, and used "
        "unchanged on all others."
    ),
    "recall (cracks found)": (
        "Of the images that show a crack, the share that is called cracked. At 95 %, one cracked image in twenty "
        "is missed."
    ),
    "false alarm rate": "Of the intact images, the share that is called cracked.",
    "precision": (
        "Of the images that are called cracked, the share that shows a crack. It depends on how rare cracks are: "
        "the rarer, the lower."
    ),
    "accuracy": "The share of images whose most probable class is the right one.",
    "F1, macro F1": (
        "The harmonic mean of recall and precision of a class, from 0 to 1; macro F1 is the mean over all "
        "classes, each with the same weight."
    ),
    "AUROC": (
        "The chance that a cracked image has a higher crack score than an intact one, over all thresholds: 0.5 is"
        " guessing, 1 is perfect. The area under the ROC curve."
    ),
    "average precision": "The area under the curve of precision over recall, from 0 to 1.",
    "cross-entropy loss": (
        "Minus the logarithm of the probability that the right class got, mean over the images, in nats: 0 is "
        "perfect, and the logarithm of the number of classes is guessing."
    ),
    "interval": (
        "What the figure may be on other images of the same kind. Of 100 intervals of 95 %, about 95 contain the "
        "true figure. It is of the mean over walls like those tested: a single wall often lies outside of it. It "
        "does not cover wrong labels."
    ),
    "group": (
        "All images of one photo or wall. They are alike, so they are never divided between training and test, "
        "and an interval counts groups, not images."
    ),
    "training, validation, test": (
        "The model learns from training images; the threshold and the best epoch are chosen on validation images;"
        " test images are used once, at the end, and choose nothing."
    ),
    "fold": ("One of several parts of the images, each of which is the test part once, so that all images are tested."),
    "points": "The difference of two percentages: from 95 % to 93 % are 2 points.",
    "resizing": f"The model sees {RESIZING}. Another method gives other scores.",
}
"""By term, in the order in which a reader needs them."""
