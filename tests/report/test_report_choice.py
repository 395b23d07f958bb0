"""The HTML report answers on its own: what it adds up for a choice is what `rates` says of the same messages."""

import json
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import polars as pl
import pytest

from sms_analytics import config
from sms_analytics.database import store
from sms_analytics.errors import NoDataError
from sms_analytics.questions import metrics
from sms_analytics.report import cube
from sms_analytics.report.files import Wanted, run
from sms_analytics.report.folding import OTHER
from sms_analytics.vocabulary import COUNTS, NOT_SENT, SENT_OUTCOMES
from tests.browser import faults, without_network
from tests.report.read_report import CONFIG

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PERIOD: Final[dict[str, Any]] = {"since": "2026-09-28", "until": "2026-10-26"}
CHOICES: Final = 50


@pytest.fixture(scope="module")
def file(sample_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of everybody, by customer; a smallest group of 1, so that every group has its name."""
    settings = config.read(CONFIG).model_copy(update={"report": config.ReportConfig(minimum=1)})
    with store.connect(sample_db) as db:
        wanted = Wanted(formats=("html",), out=tmp_path_factory.mktemp("choice"), lang="en", compare="none", **PERIOD)
        return run(db, wanted, settings).files[0]


def cells_of(file: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="cube">(.*?)</script>', file.read_text("utf-8"), re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_fifty_choices_have_the_figures_of_rates(db: duckdb.DuckDBPyConnection, chromium: "Browser", file: Path) -> None:
    settings = config.read(CONFIG)
    data = cells_of(file)
    names = {name: data["dimensions"][name]["names"] for name in ("operator", "country", "part")}
    values = {name: _values(db, "account" if name == "part" else name, settings) for name in names}
    assert {name: len(known) for name, known in values.items()} == {name: len(known) for name, known in names.items()}
    page = chromium.new_page()
    asked, said = without_network(page), faults(page)
    page.goto(file.as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn")
    chance = random.Random(20261128)
    compared = 0
    while compared < CHOICES:
        wanted = {name: chance.choice([-1, chance.randrange(len(known))]) for name, known in names.items()}
        first, last = sorted(chance.choices(range(len(data["weeks"])), k=2))
        shown = page.evaluate("([wanted, first, last]) => window.report.choose(wanted, first, last)", [wanted, first, last])
        where = [values[name][place] for name, place in wanted.items() if place >= 0]
        until = {"until": data["weeks"][last + 1]} if last + 1 < len(data["weeks"]) else {"until": PERIOD["until"]}
        try:
            (row,) = metrics.rates(db, since=data["weeks"][first], where=" and ".join(where) or None, **until).to_dicts()
        except NoDataError:
            assert shown["sent"] == "0"
            continue
        compared += 1
        assert {name: int(float(shown[name])) for name in COUNTS} == {name: row[name] for name in COUNTS}
        for name in ("rate_confirmed", "rate_possible", "coverage", "ci_low", "ci_high"):
            assert (float(shown[name]) if shown[name] else None) == pytest.approx(row[name], abs=1e-9), (name, where)
    assert (asked, said) == ([], [])
    # Everything again, by the button; and the tables follow.
    page.locator("#ask-reset").click()
    everything = metrics.rates(db, **PERIOD).row(0, named=True)
    assert page.locator("#ask-figures").get_attribute("data-messages") == str(everything["messages"])
    page.select_option("#ask-operator", "0")
    assert page.locator("#ask-table-operator tbody tr").count() == 1
    assert page.locator("[data-chart=ask-operators] svg").count() == 1
    page.close()


def _values(db: duckdb.DuckDBPyConnection, column: str, settings: config.Config) -> list[str]:
    """A condition for each group, in the order of the page: by messages, then by name, unknown last."""
    counted = metrics.rates(db, by=column, **PERIOD).select(column, size=pl.col("messages") + pl.col("receipts_only"))
    ids: dict[str | None, list[str]] = {}
    sizes: dict[str | None, int] = {}
    for value, size in counted.iter_rows():
        name = settings.accounts.get(value, value) if column == "account" and value is not None else value
        ids.setdefault(name, []).append(value)
        sizes[name] = sizes.get(name, 0) + size
    order = sorted(sizes, key=lambda name: (-sizes[name], name is None, name or ""))
    return [f"{column} is null" if name is None else f"{column} in ({', '.join(repr(value) for value in ids[name])})" for name in order]


def counted(cells: list[dict[str, Any]]) -> pl.DataFrame:
    zeros = dict.fromkeys((*SENT_OUTCOMES, *NOT_SENT, "provisional", "receipts_only"), 0)
    week = pl.date(2026, 9, 28)
    return pl.DataFrame([zeros | cell for cell in cells], infer_schema_length=None).with_columns(week=week)


def test_small_groups_are_put_together_before_anything_is_added_up() -> None:
    rows = [{"operator": "Telenor", "country": "NO", "campaign": name, "delivered": count} for name, count in (("A", 40), ("B", 3), ("C", 2))]
    found = cube.of(counted(rows), "campaign", minimum=10, lang="en")
    assert found.dimensions["part"] == ("Send-out", ["A", "Others"])
    assert found.cells["delivered"] == [40, 5]
    assert OTHER not in json.dumps(found.as_data("en"))


def test_a_year_of_many_send_outs_stays_small_enough_to_send(file: Path) -> None:
    """A million messages a year of 8 operators, 12 countries and 400 send-outs: as many different cells as there can be."""
    chance = random.Random(7)
    size = 120_000
    drawn = {
        "operator": [f"Operator {chance.randrange(8)}" for _ in range(size)],
        "country": [f"C{chance.randrange(12)}" for _ in range(size)],
        "campaign": [f"Send-out {chance.randrange(400)}" for _ in range(size)],
    }
    counts = {name: [chance.randrange(9) for _ in range(size)] for name in ("delivered", "failed", "no_status", "awaiting_status")}
    zeros = {name: [0] * size for name in (*SENT_OUTCOMES, *NOT_SENT, "provisional", "receipts_only") if name not in counts}
    weeks = pl.Series("week", [chance.randrange(53) for _ in range(size)])
    frame = pl.DataFrame(drawn | counts | zeros).with_columns(week=pl.date(2026, 1, 5) + pl.duration(days=7) * weeks)
    found = cube.of(frame, "campaign", minimum=10, lang="nb")
    assert len(found.cells["week"]) <= cube.MOST_CELLS
    assert sum(found.cells["delivered"]) == sum(counts["delivered"])
    written = len(json.dumps(found.as_data("nb"), separators=(",", ":")))
    page = len(file.read_bytes()) - len(json.dumps(cells_of(file)))
    assert page + written < 3_000_000
