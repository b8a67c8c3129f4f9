"""The section on the model that a page of predictions or a survey was made with."""

from crack_exp.model.card import Figure, ModelCard
from crack_exp.report.section import Section, Table

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
        ("threshold of the crack score", f"{card.threshold:.4g}: {card.threshold_rule}"),
        *(
            (title, figure_text(card.figures[name], card.confidence))
            for name, title in NAMES.items()
            if name in card.figures
        ),
        ("figures are of", card.tested_on),
        ("training images", f"{card.tile_px} px a side, {_scale(card)}; read at {card.image_size_px} px"),
        ("made by", f"{card.command} (crack_exp {card.version}, {card.date[:10]})"),
        ("run", card.run_id or "none"),
        ("weights (sha256)", card.weights_sha256[:16]),
    ]
    note = "Another wall may give other figures."
    return Section("The model", [Table(["", ""], rows, note=note, words=True)])


def figure_text(figure: Figure, confidence: float) -> str:
    """'0.951 (95 % interval 0.940 to 0.961)'; the value alone where no interval is known."""
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({100 * confidence:g} % interval {figure.low:.3f} to {figure.high:.3f})"


def _scale(card: ModelCard) -> str:
    return "scale unknown" if card.mm_per_px is None else f"{card.mm_per_px:g} mm a pixel"
