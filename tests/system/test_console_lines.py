"""What the console shows of many jobs."""

import logging
from pathlib import Path

import pytest

from crack_exp.system.console_lines import ON_CONSOLE, OnlyLines, only_lines

log = logging.getLogger("crack_exp.a_job")


def test_a_job_has_its_line_and_each_warning_comes_once(caplog: pytest.LogCaptureFixture) -> None:
    lines = OnlyLines()
    with caplog.at_level(logging.INFO):
        for job in (1, 2):
            with only_lines(lines):
                log.info("details of job %d", job)
                log.warning("%s group", "one")
                log.info("job %d: 0.97", job, extra=ON_CONSOLE)
        log.info("the table")
    assert caplog.messages == ["one group", "job 1: 0.97", "job 2: 0.97", "the table"]


def test_every_console_shows_the_same_and_log_files_everything(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    shown: list[str] = []

    class Other(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            shown.append(record.getMessage())

    other, file = Other(), logging.FileHandler(tmp_path / "run.log")
    logging.getLogger().addHandler(other)
    logging.getLogger().addHandler(file)
    try:
        with caplog.at_level(logging.INFO), only_lines(OnlyLines()):
            log.info("details")
            log.warning("a doubt")
    finally:
        logging.getLogger().removeHandler(other)
        logging.getLogger().removeHandler(file)
        file.close()
    assert caplog.messages == shown == ["a doubt"]
    assert (tmp_path / "run.log").read_text() == "details\na doubt\n"
