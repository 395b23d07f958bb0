"""The HTML report as a browser shows it: without network, on a wide and on a narrow screen, in light and in dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from sms_analytics import config, store
from sms_analytics.loader import load
from sms_analytics.report import report
from tests.browser import faults, without_network

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of everything in the sample's third week: every section, warnings, and a period before."""
    folder = tmp_path_factory.mktemp("page")
    load(str(SAMPLE / "logs"), db=folder / "sms.duckdb", config=SAMPLE / config.FILE_NAME)
    with store.connect(folder / "sms.duckdb") as db:
        (path,) = report(db, period="2026-W42", formats="html", out=folder, config=SAMPLE / config.FILE_NAME)
    return path


@pytest.fixture(params=[("light", 1200), ("dark", 1200), ("light", 390)], ids=["light", "dark", "phone"])
def shown(request: pytest.FixtureRequest, chromium: "Browser", file: Path) -> Iterator[tuple["Page", list[str], list[str]]]:
    """The page once its charts are drawn, what it asked of the network, and its faults."""
    mode: Literal["light", "dark"]
    mode, width = request.param
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=mode)
    asked, said = without_network(page), faults(page)
    page.goto(file.as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn")
    yield page, asked, said
    page.close()


def test_every_chart_is_drawn_and_nothing_is_asked_of_the_network(shown: tuple["Page", list[str], list[str]]) -> None:
    page, asked, said = shown
    assert (asked, said) == ([], [])
    places = page.locator("[data-chart]")
    assert places.count() == 6
    for number in range(places.count()):
        place = places.nth(number)
        assert place.get_attribute("aria-label")
        marks = place.locator("svg").first.locator(".mark-rect path, .mark-line path, .mark-symbol path")
        assert marks.count() >= 3


def test_nothing_is_wider_than_the_screen_and_no_serious_fault_of_access(shown: tuple["Page", list[str], list[str]]) -> None:
    page, _, _ = shown
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], fault["impact"]) for fault in found if fault["impact"] in ("serious", "critical")] == []


def test_what_is_printed_is_light(chromium: "Browser", file: Path) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.goto(file.as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".drawn > .paper").first.is_visible()
    assert not page.locator(".drawn > .screen").first.is_visible()
    page.close()
