"""A real Chromium, which sees nothing of the network but this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

#: A browser in a container has no sandbox of its own, and is not to ask its maker for anything.
_FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_NEAR = ("http://127.0.0.1", "http://localhost", "ws://127.0.0.1", "ws://localhost", "file:", "data:", "blob:", "about:")


def installed() -> str | None:
    """The path of a Chromium or Chrome of this machine."""
    return os.environ.get("CHROMIUM") or next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def started() -> Iterator[Browser]:
    """A headless browser. Where none is installed the test is left out with the reason, but never in CI."""
    path = installed()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine; .ci/run installs one")
        pytest.skip("no Chromium or Chrome on this machine (CHROMIUM=path names one)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def without_network(page: Page) -> list[str]:
    """Cuts the page off from everything but this machine; returns the growing list of addresses it asked for all the same."""
    asked: list[str] = []

    def decide(route: Route) -> None:
        if route.request.url.startswith(_NEAR):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    page.route("**/*", decide)
    return asked


def faults(page: Page) -> list[str]:
    """The growing list of what the page's console calls an error, and of errors nobody caught."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said
