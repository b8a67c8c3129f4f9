"""A browser without a window, for tests of pages that are made by scripts."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Route

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 30_000


@contextmanager
def browser() -> Iterator["BrowserContext"]:
    """One that reaches this machine alone; the test is skipped where none is installed."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser here: none of {', '.join(NAMES)} is installed")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        # MLflow makes only those columns of a table that are in sight: all are, even beside its assistant.
        context = chromium.new_context(viewport={"width": 2400, "height": 1200})
        context.set_default_timeout(PATIENCE_MS)
        context.route("**/*", _local_only)
        yield context
        chromium.close()


def _local_only(route: "Route") -> None:
    if route.request.url.startswith(("http://127.0.0.1:", "file:")):
        route.continue_()
    else:
        route.abort()
