"""Feeds of which it is not settled whether they tell of the same messages: who is told so, and that the line that settles it is told everywhere."""

from pathlib import Path

import duckdb
import pytest

from sms_analytics.charts import premium
from sms_analytics.config import Config
from sms_analytics.jupyter.notebook import Questions
from sms_analytics.lookup.answer import lookup
from sms_analytics.lookup.in_words import message_text
from sms_analytics.lookup.surroundings import Surroundings
from sms_analytics.lookup.wording import Reader
from sms_analytics.questions import metrics
from sms_analytics.questions.undecided import APART, line_of, undecided
from sms_analytics.report.files import Wanted, run
from sms_analytics.text.labels import LANGS, Lang, label
from tests import kannel_log as log
from tests.messages_table import database, message, messages_of

LINE = '[feeds.vonage] answers = ["table"]'


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty messages in a table with ids of its own, which the vendor's forty callbacks never heard of."""
    folder = tmp_path_factory.mktemp("undecided")
    rows = [f"own-{number};{log.recipient(number)};2026-03-18 09:{number:02}:00" for number in range(1, 41)]
    (folder / "sent.csv").write_text("\n".join(["Message ID;Recipient;Sent", *rows]) + "\n")
    lines = [
        f'203.0.113.9 - - [18/Mar/2026:09:{number:02}:20 +0000] "GET /dlr?msisdn={log.recipient(number)[1:]}&to=Klinikken&network-code=24201'
        f"&messageId={number * 0x9E3779B97F4A7C15 % 2**64:016X}&price=0.05000000&status=delivered&scts=2603180914&err-code=0"
        f'&message-timestamp=2026-03-18+09%3A{number:02}%3A15 HTTP/1.1" 200 0 "-" "Nexmo/MessagingHUB/v1.0"'
        for number in range(1, 41)
    ]
    (folder / "web.log").write_text("\n".join(lines) + "\n")
    log.load(folder / "sms.duckdb", folder / "sent.csv", folder / "web.log", time_zone="UTC")
    return folder / "sms.duckdb"


@pytest.fixture(scope="module")
def db(loaded: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(loaded, read_only=True)


def test_both_feeds_have_the_line(db: duckdb.DuckDBPyConnection) -> None:
    assert undecided(db) == {"table": LINE, "vonage": LINE}
    assert sorted(db.sql(APART).fetchall()) == [("table",), ("vonage",)]


@pytest.mark.parametrize("evidence", [None, "", "12 of 12 receipt ids are submissions of tx2 (as written)"])
def test_other_evidence_holds_no_line(evidence: str | None) -> None:
    assert line_of(evidence) == ""


def test_a_name_with_signs_is_told_as_toml_writes_it() -> None:
    assert line_of('see rx 2: [feeds."rx 2"] answers = ["a, b", "c"]') == '[feeds."rx 2"] answers = ["a, b", "c"]'


@pytest.mark.parametrize("lang", LANGS)
def test_rates_reports_notebooks_and_the_look_up_tell_it(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Lang
) -> None:
    apart = [note for note in metrics.notes(db, lang=lang) if LINE in note]
    assert [note.split("'")[1] for note in apart] == ["table", "vonage"]
    (message,) = lookup(db, "own-7", lang=lang).messages
    assert message.undecided == LINE
    assert [LINE in note for note in message_text(message, Reader(lang, "Europe/Oslo")).notes].count(True) == 1
    Questions(db, lang=lang)
    assert LINE in capsys.readouterr().err
    # The customer reads how many messages are in no figure; the line that settles it is for whoever sends the report.
    for internal in (False, True):
        made = run(db, Wanted(lang=lang, formats=("html",), out=tmp_path, internal=internal), Config())
        said = made.files[0].read_text("utf-8").replace("&#34;", '"')
        assert said.count(LINE) == (1 if internal else 0)
        assert label("report_warning.undecided", lang).format(count=80) in said
        assert [LINE in remark for remark in made.remarks].count(True) == 1


def test_their_messages_are_in_no_comparison_of_an_hour() -> None:
    submitting = messages_of(3, recipient="+4740000002")
    apart = messages_of(4, recipient="+4740000003", feed="south", outcome="failed", reason="unspecified", reason_class="unknown")
    only = messages_of(5, recipient="+4740000004", feed="west", submission_missing=True)
    made = database([message(message_id="asked-for-1"), *submitting, *apart, *only])
    made.execute("alter table feeds add column undecided boolean; update feeds set undecided = feed = 'south'")
    made.execute("create table loads (load_id integer, path varchar)")
    row = {"submitted_utc": made.sql("select min(submitted_utc) from messages").fetchall()[0][0], "recipient": "+4740000001"}
    (same,) = Surroundings(made).same_hour(made, [row]).values()
    assert (same.messages, same.delivered, same.failed) == (3, 3, 0)


def test_the_chart_of_prices_and_the_counted_messages_leave_them_out() -> None:
    made = database(
        [
            *messages_of(2, price=5.0, charge="premium"),
            message(price=5.0, charge="premium", submission_missing=True),
            *messages_of(3, feed="south", price=100.0, charge="premium"),
            *messages_of(4, feed="it's", price=1000.0, charge="premium", submission_missing=True),
        ]
    )
    made.execute("alter table feeds add column undecided boolean; update feeds set undecided = feed = 'south'")
    ask = Questions(made, quiet=True)
    assert ask.counted("charge = 'premium'")["feed"].to_list() == ["north"] * 3
    drawn = [row for rows in premium(ask.counted()).to_dict()["datasets"].values() for row in rows]
    assert {row["outcome"]: row["price"] for row in drawn if "price" in row} == {"Bekreftet levert": 10, "Uten innsending": 5}
    whole = [row for rows in premium(metrics.messages(made)).to_dict()["datasets"].values() for row in rows]
    assert max(row["price"] for row in whole if "price" in row) == 310


def test_a_feed_without_receipts_anywhere_has_a_note() -> None:
    silent = database([*messages_of(4, outcome="no_status"), *messages_of(2, feed="south", receipts=1)])
    (note,) = [note for note in metrics.notes(silent, lang="en") if "no receipts were loaded" in note]
    assert note.startswith("feed 'north': no receipts were loaded for its 4 sent messages")
