"""What training starts from is told apart by its values: files change and keep their names."""

import shutil
from dataclasses import replace
from pathlib import Path

from crack_exp.model.painted import write_painted
from crack_exp.model.painted.file import read_painted
from crack_exp.run.parts import Parts, build_parts
from tests.composing import settings


def parts_of(weights: Path) -> Parts:
    small = ("model=mobilenet_v2_035", f"model.weights={weights}", "model.image_size_px=32", "fine_tune=none")
    return build_parts(settings(*small, "model.head=painted"))


def test_other_weights_in_a_file_of_the_same_name_are_told_apart(painted_file: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(painted_file, tmp_path / "mine.npz"))
    parts, head = parts_of(file), read_painted(file).head
    write_painted(file, parts.body, replace(head, bias=head.bias + 1), {})
    other_head = parts_of(file)
    assert other_head.fingerprints[0] == parts.fingerprints[0] and other_head.fingerprints != parts.fingerprints
    other_head.body.set_weights([weight + 0.5 for weight in parts.body.get_weights()])
    write_painted(file, other_head.body, head, {})
    other_body = parts_of(file)
    assert other_body.fingerprints[1:] == parts.fingerprints[1:] and other_body.fingerprints != parts.fingerprints
