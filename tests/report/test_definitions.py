"""The words of the pages are those of the documentation."""

from pathlib import Path

from crack_exp.report.definitions import DEFINITIONS
from crack_exp.report.headline import Headline
from crack_exp.report.page import write_sections

DOCUMENTED = Path(__file__).parents[2] / "docs" / "definitions.md"


def test_the_documentation_has_every_word_in_the_same_sentences() -> None:
    assert {"crack score", "threshold", "AUROC", "interval", "group", "resizing"} <= DEFINITIONS.keys()
    for word, meaning in DEFINITIONS.items():
        assert f"| {word} | {meaning} |\n" in DOCUMENTED.read_text(), word


def test_every_page_ends_with_them(tmp_path: Path) -> None:
    write_sections("any page", Headline("", []), [], {}, tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text()
    assert "<td>crack score</td>" in html and html.index("<h1>") < html.index("<summary>What the words mean</summary>")
