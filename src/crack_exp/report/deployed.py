"""The section on the model that a page of predictions or a survey was made with."""

from crack_exp.model.card import ModelCard
from crack_exp.report.numbers import figure_text, interval_text, threshold_text
from crack_exp.report.section import Section, Table
from crack_exp.system.keras_backend import backend_shown

NAMES = {
    "recall_at_threshold": "cracks found (recall)",
    "false_alarm_rate_at_threshold": "false alarms on intact images",
    "precision_at_threshold": "alarms that are cracks (precision)",
    "auroc": "AUROC, crack against intact",
    "accuracy": "accuracy over the classes",
}


def model_section(card: ModelCard) -> Section:
    """What is known of the model: threshold, figures with intervals, origin."""
    rows = [
        ("classes", ", ".join(f"{name} (no crack)" if name in card.intact else name for name in card.class_names)),
        ("crack score", card.score),
        ("threshold of the crack score", f"{threshold_text(card.threshold)}: {card.threshold_rule}"),
        ("what it promises", card.promise or "not told by this card"),
        *((title, card_figure(card, name)) for name, title in NAMES.items() if name in card.figures),
        ("figures are of", card.tested_on),
        ("training images", f"{card.tile_px} px a side, {_scale(card)}; read at {card.image_size_px} px"),
        ("made by", f"{card.command} (crack_exp {card.version}, {card.date[:10]})"),
        ("computed by", _computed_by(card)),
        ("run", card.run_id or "none"),
        ("weights (sha256)", card.weights_sha256[:16]),
    ]
    note = "Another wall may give other figures."
    return Section("The model", [Table(["", ""], rows, note=note, words=True)])


def card_figure(card: ModelCard, name: str) -> str:
    """'95.1 % (95 % interval 94.0 to 96.1 %)'; the value alone where no interval is known."""
    figure = card.figures[name]
    value = figure_text(name, figure.value)
    if figure.low is None or figure.high is None:
        return value
    return f"{value} ({100 * card.confidence:g} % interval {interval_text(name, (figure.low, figure.high))})"


def _computed_by(card: ModelCard) -> str:
    """The library that trained and tested the model, and that of this page where it is another."""
    here = backend_shown()
    if card.computed_by.partition(" ")[0] == here.partition(" ")[0]:
        return card.computed_by
    return f"{card.computed_by} in training and test; {here} on this page, whose rounding differs"


def _scale(card: ModelCard) -> str:
    return "scale unknown" if card.mm_per_px is None else f"{card.mm_per_px:g} mm a pixel"
