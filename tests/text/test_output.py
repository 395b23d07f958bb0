"""Frames as text: tables for people, CSV and JSON for programs."""

import json
import re
import time
from datetime import date, datetime

import polars as pl
import pytest

from sms_analytics import vocabulary
from sms_analytics.database import schemas
from sms_analytics.questions import metrics, selecting
from sms_analytics.questions.gaps import gaps
from sms_analytics.questions.waits import latency
from sms_analytics.text import export, output
from sms_analytics.text.labels import LANGS, Lang
from sms_analytics.text.phrases import heading
from tests.messages_table import SUBMITTED, database, message, messages_of

ZONE = "Europe/Oslo"
RATES = pl.DataFrame(
    {
        "operator": ["Telenor", None],
        "country": ["NO", "SE"],
        "messages": [1200, 7],
        "rate_confirmed": [0.93412, None],
        "rate_answered": [1.0, 0.5],
    }
)


def test_a_table_aligns_numbers_right_and_says_what_is_not_known() -> None:
    assert output.as_table(RATES, lang="en", zone=ZONE).text.splitlines() == [
        "Operator  Country  Messages  Confirmed delivered  Delivered of answered",
        "────────  ───────  ────────  ───────────────────  ─────────────────────",
        "Telenor   NO           1200                93.4%                 100.0%",
        "unknown   SE              7                    –                  50.0%",
    ]


def test_a_norwegian_table() -> None:
    lines = output.as_table(RATES, lang="nb", zone=ZONE).text.splitlines()
    assert lines[0] == "Operatør  Land  Meldinger  Bekreftet levert  Levert av besvarte"
    assert lines[2] == "Telenor   NO         1200            93,4 %             100,0 %"
    assert lines[3] == "ukjent    SE            7                 –              50,0 %"


@pytest.mark.parametrize("width", [30, 36, 44])
def test_a_table_that_does_not_fit_goes_on_below_behind_its_keys(width: int) -> None:
    text = output.as_table(RATES, lang="nb", zone=ZONE, width=width, keys=2).text
    assert max(len(line) for line in text.splitlines()) <= width
    blocks = text.split("\n\n")
    assert len(blocks) > 1
    assert all("Telenor   NO" in block and "ukjent    SE" in block for block in blocks)
    assert [text.count(word) for word in ("1200", "93,4 %", "100,0 %")] == [1, 1, 1]


def test_columns_without_room_are_left_out_only_where_that_is_asked() -> None:
    table = output.as_table(RATES, lang="en", zone=ZONE, width=40, keys=2, stacked=False)
    assert table.left_out == ("Delivered of answered",)
    assert "1200" in table.text
    assert "\n\n" not in table.text


def test_long_texts_are_shortened_on_a_terminal_alone_and_places_keep_their_line() -> None:
    frame = pl.DataFrame({"detail": ["a text that goes on and on and on"], "place": ["/var/log/kannel/access.log:1234567"]})
    assert output.as_table(frame, lang="en", zone=ZONE).text.count("…") == 0
    fitted = output.as_table(frame, lang="en", zone=ZONE, width=48).text
    assert fitted.splitlines()[2] == "a text that goes on an…  …nel/access.log:1234567"


def test_wide_signs_do_not_shift_the_columns() -> None:
    frame = pl.DataFrame({"sender": ["日本", "abcd"], "messages": [1, 2]})
    assert [line[-1] for line in output.as_table(frame, lang="en", zone=ZONE).text.splitlines()[2:]] == ["1", "2"]


def test_a_log_cannot_steer_the_terminal() -> None:
    text = output.as_table(pl.DataFrame({"detail": ["\x1b[31mred\x07\u202e\nline"]}), lang="en", zone=ZONE).text
    assert text.splitlines()[2].split() == ["[31mred", "line"]


def test_words_and_times_are_those_of_the_reader() -> None:
    frame = pl.DataFrame(
        {
            "outcome": ["failed"],
            "weekday": [3],
            "conflict": [True],
            "final_utc": [datetime.fromisoformat("2026-10-25T01:30:00")],
            "horizon_s": [691200],
        }
    )
    head, _, row = output.as_table(frame, lang="nb", zone=ZONE).text.splitlines()
    assert re.split("  +", head) == ["Resultat", "Ukedag", "Motstridende statuser", "Endelig status (Europe/Oslo)", "Ventetid"]
    assert re.split("  +", row) == ["SMS feilet", "onsdag", "ja", "2026-10-25 02:30:00", "8 d"]
    head, _, row = output.as_table(frame, lang="en", zone="UTC").text.splitlines()
    assert re.split("  +", head) == ["Outcome", "Weekday", "Conflicting statuses", "Final status (UTC)", "Horizon"]
    assert re.split("  +", row) == ["Failed", "Wednesday", "yes", "2026-10-25 01:30:00", "8 d"]


@pytest.mark.parametrize("lang", LANGS)
def test_every_column_that_people_see_has_a_heading(lang: Lang) -> None:
    with database([message(outcome="failed", reason="memory_full")]) as db:
        answers = [metrics.rates(db), metrics.reasons(db, by="hour"), gaps(db, by="gap_cause,weekday")]
    with database([message(final_utc=SUBMITTED, final_received_utc=SUBMITTED)]) as db:
        answers.append(latency(db))
    columns = {column for answer in answers for column in answer.columns} | set(schemas.MESSAGE_COLUMNS) | set(selecting.DIMENSIONS)
    assert [column for column in columns if heading(column, lang) == column] == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_word_of_a_closed_set_has_a_text_in_a_table(lang: Lang) -> None:
    for column, words in {"outcome": vocabulary.OUTCOMES, "reason": tuple(vocabulary.REASONS), "gap_cause": vocabulary.GAP_CAUSES}.items():
        shown = output.as_table(pl.DataFrame({column: words}), lang=lang, zone=ZONE).text.splitlines()[2:]
        assert len(shown) == len(words)
        assert not set(shown) & set(words)


def test_json_has_the_columns_the_numbers_and_times_with_offset() -> None:
    frame = pl.DataFrame(
        {
            "hour": [datetime.fromisoformat("2026-10-25T02:00:00")] * 2,
            "hour_utc": [datetime.fromisoformat("2026-10-25T00:00:00"), datetime.fromisoformat("2026-10-25T01:00:00")],
            "day": [date(2026, 10, 25)] * 2,
            "rate_confirmed": [1 / 3, None],
            "detail": ['a "quoted"\nline', "ø"],
        }
    )
    assert json.loads(output.as_json(frame, ZONE)) == [
        {
            "hour": "2026-10-25T02:00:00+02:00",
            "hour_utc": "2026-10-25T00:00:00+00:00",
            "day": "2026-10-25",
            "rate_confirmed": 1 / 3,
            "detail": 'a "quoted"\nline',
        },
        {"hour": "2026-10-25T02:00:00+01:00", "hour_utc": "2026-10-25T01:00:00+00:00", "day": "2026-10-25", "rate_confirmed": None, "detail": "ø"},
    ]


def test_json_of_nothing_is_an_empty_array() -> None:
    assert json.loads(output.as_json(RATES.clear(), ZONE)) == []


def test_csv_has_the_columns_and_the_numbers_as_they_are() -> None:
    text = output.as_csv(RATES.with_columns(first_utc=pl.lit(datetime.fromisoformat("2026-10-01T08:00:00.250"))), ZONE)
    assert text.splitlines()[:2] == [
        "operator,country,messages,rate_confirmed,rate_answered,first_utc",
        "Telenor,NO,1200,0.93412,1.0,2026-10-01T08:00:00.250+00:00",
    ]
    assert pl.read_csv(text.encode()).select(RATES.columns).equals(RATES)


def test_the_sums_above_the_rates_add_up_and_leave_nothing_out() -> None:
    rows = [message(outcome=outcome) for outcome in vocabulary.OUTCOMES] + messages_of(2, outcome="failed", refused=True)
    with database([*rows, message(submission_missing=True)]) as db:
        rates = metrics.rates(db, by="operator")
    for line in output.headline(rates, "en"):
        whole, parts = (re.findall(r"\d+", side) for side in line.split("=", 1))
        assert int(whole[0]) == sum(map(int, parts))
    assert output.headline(rates, "en") == [
        "Messages: 15 = 7 sent + 1 waiting to be sent + 1 awaiting approval + 1 paused + 1 stopped + 2 refused before sending"
        " + 1 status not requested + 1 without submission",
        "Sent: 7 = 1 delivered + 1 partly confirmed + 1 failed + 1 out of coverage + 1 awaiting status + 1 no status + 1 unrecognised status",
    ]


@pytest.mark.parametrize("by", ["", "feed", "day,operator"])
def test_what_is_known_from_receipts_only_stands_beside_the_sums(by: str) -> None:
    with database([*messages_of(3), *messages_of(2, feed="west", submission_missing=True)]) as db:
        told, alone = (output.headline(metrics.rates(db, by, receipts_only=alone), "en") for alone in (False, True))
    assert told == ["Messages: 3 = 3 sent", "Sent: 3 = 3 delivered", "Receipts only: 2 messages, in none of the counts"]
    assert alone == ["Messages: 2 = 2 sent", "Sent: 2 = 2 delivered"]


def test_a_sum_of_nothing_is_nothing() -> None:
    with database([message(outcome="paused")]) as db:
        assert output.headline(metrics.rates(db), "nb") == ["Meldinger: 1 = 1 pause", "Sendt: 0 = 0"]


def test_a_table_takes_time_in_proportion_to_its_rows() -> None:
    rows = 4_000
    frame = pl.DataFrame({"recipient": [f"+47400{number:05d}" for number in range(rows)], "messages": range(rows)})
    start = time.process_time()
    assert output.as_table(frame, lang="en", zone="UTC").text.count("\n") == rows + 2
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd", "\tx", "\r=1", "\uff1d1+1", "\uff20a", " =1", "\n=1", "\u2212a"]
)
def test_no_cell_of_a_csv_file_is_a_formula(text: str) -> None:
    frame = pl.DataFrame({"account": [text]})
    for written in (output.as_csv(frame, "UTC"), export.as_excel_csv(frame, lang="en", zone="UTC")):
        body = written.split("\n", 1)[1].strip()
        assert body.strip('"').startswith("'"), body
    assert json.loads(output.as_json(frame, "UTC")) == [{"account": text}]


@pytest.mark.parametrize("text", ["+4740000001", "-3,5", "+47 400 00 001", "Klinikken", "a=b", "-", "+4740••••01"])
def test_numbers_and_plain_words_stay_as_they_are(text: str) -> None:
    assert output.as_csv(pl.DataFrame({"account": [text]}), "UTC").split("\n")[1].strip('"') == text
