"""The banner of every page whose figures are of paintings: nobody shall take them for figures of photographs."""

from crack_exp.model.card import PAINTED_ONLY, ModelCard

PAINTED_IMAGES = (
    "Painted images: every image behind this page was painted by this program, none is a photograph. The figures say "
    "nothing about real concrete."
)

SOME_PAINTED = (
    "Painted images: the images of some of these runs were painted by this program, and are no photographs. Their "
    "figures say nothing about real concrete."
)

PAINTED_MODEL = (
    "Tested on paintings only: the figures of this model are of images that this program painted. How many cracks it "
    "finds on real concrete, and how many false alarms it gives, is unknown."
)


PAINTED_FOOTER = "Painted images, no photographs."


def banner_of_images(*are_painted: bool) -> str:
    """For a page on the training and test of models: whether the images of each run are."""
    if not any(are_painted):
        return ""
    return PAINTED_IMAGES if all(are_painted) else SOME_PAINTED


def footer_below(banner: str) -> str:
    """For a plot on a page with this banner: it may be taken from its page."""
    return PAINTED_FOOTER if banner else ""


def banner_of_model(card: ModelCard) -> str:
    """For a page on what a trained model says of somebody's images."""
    return PAINTED_MODEL if card.tested_on.endswith(PAINTED_ONLY) else ""
