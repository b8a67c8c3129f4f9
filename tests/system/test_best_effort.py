"""What no result depends on may fail: it is told in one sentence, and a bug can be found."""

import logging

import pytest

from crack_exp.system.best_effort import best_effort
from crack_exp.system.errors import UserError


def test_a_part_that_fails_is_left_out_and_the_others_are_made(caplog: pytest.LogCaptureFixture) -> None:
    made = []
    with caplog.at_level(logging.INFO, logger="crack_exp"), best_effort("report.html") as effort:
        for name in ("curves", "gallery", "errors"):
            with effort.part(name):
                if name != "curves":
                    raise UserError(f"{name}.jpg: gone")
                made.append(name)
    assert made == ["curves"]
    assert caplog.messages == ["report.html: without gallery, errors (gallery.jpg: gone); all results are kept"]


def test_a_bug_is_told_with_its_place_and_its_traceback_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="crack_exp"), best_effort("report.html"):
        print(len(5))  # type: ignore[arg-type]
    detail, told = caplog.records
    assert told.message.startswith(
        "report.html: not written (TypeError: object of type 'int' has no len(), in test_best_"
    )
    assert detail.levelno == logging.DEBUG and detail.exc_info is not None


def test_ctrl_c_and_a_complete_page_are_no_failures(caplog: pytest.LogCaptureFixture) -> None:
    with best_effort("report.html") as effort, effort.part("curves"):
        pass
    with pytest.raises(KeyboardInterrupt), best_effort("report.html"):
        raise KeyboardInterrupt
    assert caplog.messages == []
