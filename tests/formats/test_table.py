"""Tables: the reader of the containers, the headers and words, and what a row becomes."""

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics import vocabulary as v
from sms_analytics.config import TableConfig
from sms_analytics.errors import ConfigError, FormatMismatchError, InputError
from sms_analytics.events.readings import Context
from sms_analytics.formats import table, table_headers
from sms_analytics.reading import tables
from sms_analytics.reading.sources import Source
from tests.formats import damage, golden

CASES = [case for case in golden.cases() if case.parent.name == "table"]
HEADER = "Id;Mottaker;Status;Sendt"
ROW = "1;+4740000001;Levert;18.03.2026 09:14"


def _rows(*lines: str, size: int = tables.ROWS) -> pl.DataFrame:
    return pl.concat(list(tables.of_lines(lines, size)))


def _readings(*lines: str, config: TableConfig | None = None) -> pl.DataFrame:
    return golden.shaped(table.parse(_rows(*lines), Context(table=config or TableConfig())))["readings"]


def _of_file(path: Path) -> pl.DataFrame:
    with Source(str(path)) as source:
        return pl.concat(list(tables.records(source)))


# The reader


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_finds_the_delimiter(delimiter: str) -> None:
    rows = _rows(HEADER.replace(";", delimiter), "1;+47;Levert, endelig;x".replace(",", "").replace(";", delimiter))
    assert rows.columns == ["record_no", "line", "fault", "Id", "Mottaker", "Status", "Sendt"]


def test_commas_in_a_text_are_no_delimiter() -> None:
    assert _rows("Id;Status;Tekst", "1;Levert;Hei, du", "2;Levert;Hei, dere", "3;Levert;Ja, takk").columns[3:] == ["Id", "Status", "Tekst"]


def test_titles_above_the_header_are_no_rows() -> None:
    assert _rows("Rapport", "", HEADER, ROW)["record_no"].to_list() == [1]


def test_a_stray_quote_costs_its_own_line_only() -> None:
    many = [
        f'{number};"+4740000001;Levert;18.03.2026 09:14' if number == 3 else f"{number};+4740000001;Levert;18.03.2026 09:14"
        for number in range(1, 400)
    ]
    rows = _rows(HEADER, *many)
    assert rows["record_no"].to_list() == list(range(1, 400))
    assert rows.filter(pl.col("fault").is_not_null())["record_no"].to_list() == [3]


def test_a_stray_quote_before_quoted_rows_costs_its_own_line_only() -> None:
    quoted = '"2";"+4740000002";"Levert";"18.03.2026 09:14"'
    rows = _rows(HEADER, '"1;+4740000001;Levert;18.03.2026 09:14', quoted, quoted)
    assert rows["fault"].is_null().to_list() == [False, True, True]


def test_a_quote_may_span_lines() -> None:
    rows = _rows("Id;Status;Tekst", '1;Levert;"Hei', "", '""du"";', 'der"', "2;Levert;x")
    assert rows["Tekst"].to_list() == ['Hei\n\n"du";\nder', "x"]


CELLS = st.text(alphabet='ab";, æ\t|\\', max_size=6)


@given(st.lists(CELLS, max_size=8), st.integers(1, 4))
def test_every_line_is_somewhere_and_batches_may_be_cut_anywhere(lines: list[str], size: int) -> None:
    lines = [*[ROW] * 10, *lines]
    whole = _rows(HEADER, *lines)
    assert "\n".join(whole["line"]).split("\n") == lines
    assert whole["record_no"].to_list() == list(range(1, whole.height + 1))
    assert _rows(HEADER, *lines, size=size).rows() == whole.rows()


@given(st.lists(st.lists(st.text(alphabet='ab";,\n æ', max_size=6), min_size=3, max_size=3), min_size=1, max_size=5))
def test_reads_back_what_a_csv_writer_wrote(cells: list[list[str]]) -> None:
    written = "".join(";".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in [["x1", "x2", "x3"], *cells])
    rows = _rows(*written.split("\n")[:-1])
    assert [list(row) for row in rows.select("x1", "x2", "x3").rows()] == cells


def test_headers_are_unique_and_none_of_ours() -> None:
    assert _rows("line;record_no;;A;A", "1;2;3;4;5").columns == ["record_no", "line", "fault", "line 2", "record_no 2", "column 3", "A", "A 2"]


def test_empty_texts_have_no_rows() -> None:
    assert list(tables.of_lines([])) == []
    assert list(tables.of_lines(["", " "])) == []
    assert list(tables.of_lines([HEADER])) == []


def test_json_objects_one_a_line_or_in_an_array() -> None:
    rows = _rows("[", '{"a": 1, "b": "x"},', '{"a": 12345678901234567890, "c": {"d": [1.50]}}', "]", "{", '[{"a": true}, {"a": null}]')
    assert rows["a"].to_list() == ["1", "12345678901234567890", None, "true", None]
    assert rows["c"].to_list()[1] == '{"d": ["1.50"]}'
    assert rows["fault"].is_not_null().to_list() == [False, False, True, False, False]


def test_later_batches_of_json_keep_the_columns_of_earlier_ones() -> None:
    first, second = tables.of_lines(['{"a": 1, "b": 2}', '{"a": 3}'], size=1)
    assert second.columns == first.columns


def test_parquet_values_become_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "number": [4740000001.0, None],
            "sent": [datetime(2026, 3, 18, 8, 14, 5, tzinfo=UTC)] * 2,
            "local": [datetime.fromisoformat("2026-03-18T09:14:05.250")] * 2,
            "day": [date(2026, 3, 18)] * 2,
            "word": pl.Series(["Levert", None], dtype=pl.Categorical),
            "list": [["a"], None],
            "share": [0.5, 1.25],
        }
    )
    frame.write_parquet(path)
    assert _of_file(path).select(frame.columns).row(0) == (
        "1",
        "4740000001",
        "2026-03-18T08:14:05.000000+00:00",
        "2026-03-18 09:14:05.250000",
        "2026-03-18",
        "Levert",
        '["a"]',
        "0.5",
    )
    assert _of_file(path).select("number", "word", "list").row(1) == (None, None, None)


def test_parquet_comes_in_batches_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"id": range(2500)}).write_parquet(path)
    with Source(str(path)) as source:
        batches = list(tables.records(source, 1000))
    assert [batch.height for batch in batches] == [1000, 1000, 500]
    assert pl.concat(batches)["record_no"].to_list() == list(range(1, 2501))


def test_a_packed_parquet_file_is_read_too(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.parquet", tmp_path / "a.parquet.gz"
    pl.DataFrame({"id": [1]}).write_parquet(plain)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert _of_file(packed)["id"].to_list() == ["1"]


def test_excel_keeps_numbers_texts_and_dates_in_one_column(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Tom")
        sheet = book.add_worksheet("Liste")
        when = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet.write_row(0, 0, ["Rapport"])
        sheet.write_row(2, 0, ["Nummer", "Status", "Tidspunkt"])
        sheet.write_row(3, 0, [4740000001, "Bekreftet levert"])
        sheet.write_datetime(3, 2, datetime.fromisoformat("2026-03-18T09:14:05"), when)
        sheet.write_row(4, 0, ["+4740000002", "SMS feilet", "18.03.2026 09:15"])
    rows = _of_file(path)
    assert rows.select("record_no", "Nummer", "Tidspunkt").rows() == [
        (1, "4740000001", "2026-03-18 09:14:05"),
        (2, "+4740000002", "18.03.2026 09:15"),
    ]
    readings = table.parse(rows, Context()).readings
    assert readings["happened"].dt.to_string("%H:%M:%S").to_list() == ["09:14:05", "09:14:05", "09:15:00", "09:15:00"]


@pytest.mark.parametrize("content", [b"PAR1 nothing", b"PK\x03\x04 nothing"])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.bin: not a readable"):
        _of_file(path)


def test_claims_a_table_with_the_columns_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Mob.;Resultat\n40000001;Levert\n", "utf-8")
    own = Context(table=TableConfig(columns={"recipient": "Mob.", "status": "Resultat"}))
    with Source(str(path)) as source:
        assert tables.claimed(source, table.FORMAT, Context()) == 0
        assert tables.claimed(source, table.FORMAT, own) == 1


def test_claims_no_log_lines(tmp_path: Path) -> None:
    for case in golden.cases():
        if case.parent.name in ("jasmin", "kannel", "smpp") or case.stem == "access_log":
            with Source(str(case)) as source:
                assert tables.claimed(source, table.FORMAT, Context()) == 0, case
    empty = tmp_path / "empty"
    empty.touch()
    with Source(str(empty)) as source:
        assert tables.claimed(source, table.FORMAT, Context()) == 0


# Headers and words


def test_no_header_stands_for_two_columns() -> None:
    keys = [table_headers.key(row["header"]) for row in table_headers.rows_of("table_headers.csv")]
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_no_word_has_two_statuses_and_all_are_of_the_vocabulary() -> None:
    rows = table_headers.rows_of("table_statuses.csv")
    assert [key for key, count in Counter(table_headers.key(row["word"]) for row in rows).items() if count > 1] == []
    assert {row["status"] for row in rows} <= set(v.STATUSES)
    assert {row["reason"] for row in rows} <= {"", *v.REASONS}
    assert {row["said_by"] for row in rows} <= {"", *v.SAID_BY}
    assert all(row["status"] in v.NEGATIVE_STATUSES for row in rows if row["reason"])


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Venter utsendelse", "queued"),
        ("Til godkjenning", "awaiting_approval"),
        ("Pause", "paused"),
        ("Venter status", "submitted"),
        ("Uten dekning", "buffered"),
        ("Bekreftet levert", "delivered"),
        ("SMS feilet", "undelivered"),
        ("Stanset", "stopped"),
        ("Forsøker å sende", "queued"),
        ("Sendt", "submitted"),
        ("Mottatt", "delivered"),
        ("Feilet", "undelivered"),
        ("Manglende status", "no_report"),
        ("Ingen status mottatt", "no_report"),
        (" BEKREFTET  levert. ", "delivered"),
        ("out_of_coverage", "buffered"),
        ("DELIVRD", "delivered"),
        ("UNDELIV", "undelivered"),
        ("4", "unrecognised"),
    ],
)
def test_reads_the_portals_words_in_both_wordings(word: str, status: str) -> None:
    assert _readings("Id;Status", f"1;{word}")["status"].to_list()[-1] == status


def test_headers_are_found_whatever_case_blanks_and_punctuation() -> None:
    found = table_headers.columns_of(["MOTTAKER-NUMMER", "leverings status", " Tele operatør:", "Error_Code", "Ukjent"], TableConfig())
    assert found == {"MOTTAKER-NUMMER": "recipient", "leverings status": "status", " Tele operatør:": "operator", "Error_Code": "code_raw"}


def test_headings_of_norwegian_portals_and_spreadsheets_are_found() -> None:
    written = {
        "Mottakers mobilnummer": "recipient",
        "Avsendernavn": "sender",
        "Nett": "operator",
        "SMS-status": "status",
        "Feilbeskrivelse": "detail",
        "Returkode": "code_raw",
        "Utsendelsesnavn": "campaign",
        "Antall segmenter": "parts",
        "Dato sendt": "sent",
        "Levert dato": "happened",
        "Planlagt dato": "scheduled",
        "SMS-melding": "text",
    }
    assert table_headers.columns_of(written, TableConfig()) == written


def test_of_two_headers_for_one_column_the_better_one_is_read() -> None:
    assert table_headers.columns_of(["To", "Mottaker", "Nummer"], TableConfig()) == {"Mottaker": "recipient"}


def test_the_configuration_comes_before_the_synonyms() -> None:
    assert table_headers.columns_of(["Mottaker", "Sted"], TableConfig(columns={"recipient": "sted"})) == {"Sted": "recipient"}


def test_a_table_without_the_needed_columns_is_an_error_that_shows_how_to_name_them() -> None:
    with pytest.raises(
        FormatMismatchError, match=r"no column for \(recipient or message_id\) and \(status or sent\).*'A', 'B'.*\[table.columns\] recipient = "
    ):
        table.parse(_rows("A;B", "1;2"), Context())
    with pytest.raises(FormatMismatchError, match=r"no column for \(status or sent\) among"):
        table.parse(_rows("Mottaker;B", "1;2"), Context())


def test_what_a_table_says_of_receipts_asked_for() -> None:
    rows = (
        "Id;Mottaker;Sendt;Status;Kvittering bestilt",
        *(f"{at};+4740000001;18.03.2026 09:14;Sendt;{word}" for at, word in enumerate(("Ja", "NEI", "1", "Bestilt", "?", ""))),
    )
    config = TableConfig(receipt_requested={"bestilt": "partial"})
    assert _readings(*rows, config=config)["receipt_requested"].to_list() == ["full", "none", "full", "partial", None, None]
    both = _readings("Id;Mottaker;Sendt;Status;DLR requested", "1;+4740000001;18.03.2026 09:14;DELIVRD;yes")
    assert both.select("kind", "receipt_requested").rows() == [("submission", "full"), ("receipt", None)]
    alone = _readings("Id;Mottaker;Status;DLR requested", "1;+4740000001;DELIVRD;yes")
    assert alone.select("kind", "receipt_requested").rows() == [("receipt", None)]


def test_a_code_that_stands_for_no_error_is_no_code() -> None:
    rows = ("Id;Mottaker;Status;Feilkode", "1;+4740000001;Levert;000", "2;+4740000002;Feilet;006")
    for config, codes in ((TableConfig(no_code=("000",)), [None, "006"]), (TableConfig(), ["000", "006"])):
        assert _readings(*rows, config=config).filter(kind="receipt")["code_raw"].to_list() == codes


def test_an_unknown_column_in_the_configuration_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"\[table.columns\] mottaker: no such column; accepted are: message_id"):
        table.parse(_rows(HEADER, ROW), Context(table=TableConfig(columns={"mottaker": "Mottaker"})))


# Rows


def test_a_configured_word_wins_over_the_known_one() -> None:
    assert _readings("Id;Status", "1;Levert", config=TableConfig(statuses={"levert": "accepted"}))["status"].to_list() == ["accepted"]


def test_a_later_export_of_a_list_without_ids_finds_the_same_messages() -> None:
    header = "Mottaker;Status;Tidspunkt"
    before = _readings(header, "+4740000001;Venter status;18.03.2026 09:14:05")
    after = _readings(header, "+4740000002;Levert;18.03.2026 09:14:05", "+4740000001;Levert;18.03.2026 09:14:05")
    assert before["message_ref"].to_list() == after.filter(record_no=2)["message_ref"].unique().to_list()
    assert after["message_ref"].n_unique() == 2
    assert not after["message_ref"].str.contains("4740000").any()


def test_an_id_needs_no_stand_in() -> None:
    assert _readings(HEADER, ROW)["message_ref"].to_list() == [None, None]


def test_message_text_is_nowhere_in_the_readings() -> None:
    for case in CASES:
        readings = json.dumps([row for row in golden.read(case) if row["frame"] == "readings"], ensure_ascii=False)
        assert not [word for word in ("Hei", "Hello", "linje", "emmelig", "en hel setning", "Si ") if word in readings], case.name


LINES = ["1;+4740000001;Levert;18.03.2026 09:14", "2;;;", '3;"+47;Levert', "4;+4740000004;Noe;2026-03-18T09:14:05+01:00"]


@given(st.lists(damage.damaged(LINES), max_size=6))
def test_a_damaged_row_is_counted_once_and_never_raises(lines: list[str]) -> None:
    rows = _rows(HEADER, *[ROW] * 10, *lines)
    assert damage.places(table.FORMAT, rows) == rows["record_no"].to_list()
