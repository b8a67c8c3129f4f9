"""Commands that a user may want next, as they can be pasted."""

import shlex

from crack_exp.config.overrides import text_override


def predict_command(model: str, images: str) -> str:
    return _command("predict", model, "images", images)


def survey_command(model: str, photos: str) -> str:
    return _command("survey", model, "photos", photos)


def _command(verb: str, model: str, key: str, paths: str) -> str:
    words = [text_override("model", model), text_override(key, paths)]
    return shlex.join(["python", "-m", f"crack_exp.{verb}", *words])
