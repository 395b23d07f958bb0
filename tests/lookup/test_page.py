"""The support page in a real browser: type a number, read, switch language, copy the answer, open the send-out and filter it."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from sms_analytics.charts.theme import OUTCOME_COLOURS
from sms_analytics.serve.pages import asset
from sms_analytics.text.labels import labels
from tests.browser import faults, without_network
from tests.lookup.conftest import ROOT
from tests.lookup.server import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: The first message of the sample that failed in a named send-out.
with (ROOT / "data" / "sample" / "truth.csv").open(encoding="utf-8", newline="") as file:
    FAILED = next(
        row["message_id"] for row in csv.DictReader(file) if row["campaign"] == "B42" and row["outcome"] == "failed" and row["format"] == "table"
    )


@pytest.fixture(scope="module")
def site(sample: Path) -> Iterator[Running]:
    with running(sample) as site:
        yield site


@pytest.fixture
def page(chromium: "Browser", site: Running) -> Iterator["Page"]:
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, base_url=site.url)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    asked, said = without_network(page), faults(page)
    page.goto("/")
    yield page
    context.close()
    assert (asked, said) == ([], [])


def find(page: "Page", asked: str) -> None:
    page.get_by_role("searchbox").fill(asked)
    # Not before the new page is whole, its style sheets included.
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector(".sms-story")


def test_from_the_number_to_the_answer_and_the_send_out(page: "Page") -> None:
    assert page.evaluate("document.activeElement.id") == "asked"
    find(page, FAILED)
    assert page.locator("h1").inner_text().startswith("SMS feilet: ")
    assert page.locator(".sms-timeline li").count() >= 2
    assert "data/sample/logs/table/" in page.locator(".sms-timeline").inner_text()

    page.get_by_role("button", name="Kopier svaret", exact=True).click()
    page.get_by_text("Kopiert", exact=True).wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Hei! Meldingen til +47 ")
    assert copied == page.locator("#answer-nb").text_content()

    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
    assert page.locator("h1").inner_text().startswith("Failed: ")
    page.get_by_role("button", name="Copy the answer", exact=True).click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("Hi! Unfortunately the message to +47 ")

    page.get_by_role("link", name="Show the whole send-out").click()
    page.wait_for_selector(".filters")
    assert "Faktura oktober (B42)" in page.locator("h1").inner_text()
    all_lines = page.locator("tbody tr").count()
    page.get_by_role("checkbox", name="Failed").check()
    page.get_by_role("checkbox", name="Telenor").check()
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_load_state()
    lines = page.locator("tbody tr")
    assert 0 < lines.count() < all_lines
    assert all("Failed" in text and "Telenor" in text and "Norway" in text for text in lines.all_inner_texts())
    lines.first.get_by_role("link").click()
    page.wait_for_selector(".sms-timeline")
    assert "Telenor" in page.locator(".sms-summary").inner_text()


def test_the_list_of_numbers_has_pages(page: "Page") -> None:
    page.get_by_role("link", name="Utsendelser").click()
    page.get_by_role("link", name="Faktura oktober (B42)").click()
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("link", name="Neste").click()
    page.wait_for_selector("a[rel=prev]")
    assert page.locator("tbody tr").count() == 42


def test_the_keyboard_is_enough(page: "Page") -> None:
    find(page, FAILED)
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "asked"
    page.reload()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    reached = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.copy || document.activeElement.tagName"))
    assert {"INPUT", "BUTTON", "answer-nb", "SUMMARY", "A"} <= reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_it(chromium: "Browser", site: Running, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, base_url=site.url, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto("/")
    pages = [("home", ""), *((kind, asked) for kind, asked in (("story", FAILED), ("list", "+474000001"), ("delivered", "40000002")))]
    found = {}
    for kind, asked in pages:
        if asked:
            find(page, asked)
        found[kind] = Axe().run(page)
    page.goto("/sendouts")
    found["sendouts"] = Axe().run(page)
    with page.expect_navigation():
        page.locator("tbody a").first.click()
    found["overview"] = Axe().run(page)
    context.close()
    assert {kind: result.generate_report() for kind, result in found.items() if result.violations_count} == {}


def test_it_fits_a_phone(chromium: "Browser", site: Running) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, base_url=site.url)
    page = context.new_page()
    page.goto("/")
    for asked in (FAILED, "40000002", "+474000001"):
        find(page, asked)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto("/sendouts")
    with page.expect_navigation():
        page.locator("tbody a").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_colours_are_those_of_the_charts() -> None:
    style = asset("page.css")
    assert [outcome for outcome in labels("outcome", "nb") if f".outcome-{outcome} {{ --c: {OUTCOME_COLOURS[outcome]}; }}" not in style] == []
