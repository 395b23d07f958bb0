"""The HTML report as a browser shows it: without network, on wide and on narrow screens, in light and in dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from sms_analytics.database import store
from sms_analytics.report.files import report
from sms_analytics.text.labels import LANGS, Lang
from tests.browser import faults, without_network
from tests.report.read_report import CONFIG

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def files(sample_db: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Lang, Path]:
    """The report of everything in the sample's third week: every section, warnings, and a period before."""
    out = tmp_path_factory.mktemp("page")
    with store.connect(sample_db) as db:
        return {lang: report(db, period="2026-W42", formats="html", lang=lang, out=out, config=CONFIG)[0] for lang in LANGS}


SCREENS: tuple[tuple[Lang, Literal["light", "dark"], int], ...] = (
    ("nb", "light", 1280),
    ("en", "dark", 1280),
    ("nb", "light", 390),
    ("en", "dark", 390),
    ("en", "dark", 320),
)


@pytest.fixture(scope="module", params=SCREENS, ids=["wide", "wide-dark", "phone", "phone-dark", "small-phone"])
def shown(request: pytest.FixtureRequest, chromium: "Browser", files: dict[Lang, Path]) -> Iterator[tuple["Page", list[str], list[str]]]:
    """The page once its charts are drawn, what it asked of the network, and its faults."""
    lang, mode, width = request.param
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=mode)
    asked, said = without_network(page), faults(page)
    page.goto(files[lang].as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn")
    yield page, asked, said
    page.close()


def test_every_chart_is_drawn_and_nothing_is_asked_of_the_network(shown: tuple["Page", list[str], list[str]]) -> None:
    page, asked, said = shown
    assert (asked, said) == ([], [])
    places = page.locator("[data-chart]")
    assert places.count() >= 6
    for number in range(places.count()):
        place = places.nth(number)
        assert place.get_attribute("aria-label")
        marks = place.locator("svg").first.locator(".mark-rect path, .mark-line path, .mark-symbol path")
        # One week of a choice is one point and what may have arrived above it.
        assert marks.count() >= (2 if place.get_attribute("data-chart") == "ask-weeks" else 3)


def test_nothing_is_wider_than_the_screen_and_no_serious_fault_of_access(shown: tuple["Page", list[str], list[str]]) -> None:
    page, _, _ = shown
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    cut = (
        "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.textContent.slice(0, 60))"
    )
    assert page.evaluate(cut) == []
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], fault["impact"]) for fault in found if fault["impact"] in ("serious", "critical")] == []


#: Texts of charts that leave their picture, and pairs that lie on each other, in pixels of the screen.
CUT_OR_COVERED = """
() => [...document.querySelectorAll("[data-chart] > div:not(.paper) svg")].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")]
    .filter((text) => text.textContent.trim() && !text.closest("[opacity='0']") && text.getAttribute("opacity") !== "0")
    .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  const cut = texts.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2);
  const covered = texts.flatMap((one, place) => texts.slice(place + 1).filter((other) =>
    Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left) > 1 &&
    Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top) > 4).map((other) => one.text + " / " + other.text));
  const shortened = texts.filter(({ text }) => text.includes("\u2026"));
  return [...cut.map(({ text }) => "cut: " + text), ...covered, ...shortened.map(({ text }) => "shortened: " + text)];
})
"""


def test_no_text_of_a_chart_is_cut_or_lies_on_another(shown: tuple["Page", list[str], list[str]]) -> None:
    page, _, _ = shown
    assert page.locator("[data-chart] svg text").count() > 50
    assert page.evaluate(CUT_OR_COVERED) == []


def test_what_is_printed_is_light(chromium: "Browser", files: dict[Lang, Path]) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.goto(files["nb"].as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".drawn > .paper").first.is_visible()
    assert not page.locator(".drawn > .screen").first.is_visible()
    page.close()
