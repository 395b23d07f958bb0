"""The command line: what goes where, in which form, and which exit code says what."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import sms_analytics as sms
from sms_analytics.cli import main, printing
from sms_analytics.cli.actions import answers
from sms_analytics.cli.commands import app
from sms_analytics.commands.loading import LoadRecord
from sms_analytics.database import schemas, store
from sms_analytics.questions import metrics, selecting
from sms_analytics.text import output
from tests.small_database import loaded, received, sent, write_logs

QUESTIONS = ("rates", "reasons", "gaps", "latency")
COMMANDS = [
    *("demo", "formats", "identify", "load", "simulate", "export", "loads", "feeds", "rejects"),
    *("unmapped", "remap", "unload", "forget", "purge", "upgrade"),
    *(*QUESTIONS, "revisions", "proven", "outages", "capabilities", "changes", "messages", "unreachable", "proof", "reconcile", "check"),
    *("lookup", "serve", "mcp", "lab", "report"),
]
NUMBER = re.compile(r"\+?(?:47)?4000000\d|4520000160")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.out)
        return rows


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loaded(tmp_path_factory.mktemp("cli"))[0]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command in an empty folder without any of our settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(store.ENVIRONMENT, raising=False)

    def _run(*arguments: str | Path) -> Ran:
        code = main([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return _run


def one_line(text: str) -> bool:
    return text.startswith("error: ") and text.count("\n") == 1


# Help, version, errors


def test_the_commands_are_these() -> None:
    assert [command.name or command.callback.__name__ for command in app.registered_commands if command.callback] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Usage: sms-analytics {command} " in ran.out
    assert len(ran.out.splitlines()[2].strip()) > 20


def test_help_names_every_command(run: Run) -> None:
    listed = re.findall(r"^  ([a-z]+)  ", run("--help").out.partition("Commands:")[2], re.MULTILINE)
    # A group of its own stands last.
    assert listed == [*COMMANDS, "spark"]


def test_the_version(run: Run) -> None:
    assert re.fullmatch(r"sms-analytics \d+\.\d+\.\d+\n", run("--version").out)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bogus"],
        ["load"],
        ["lookup"],
        ["rates", "--bogus"],
        ["rates", "--format", "xml"],
        ["rates", "--by", "colour"],
        ["rates", "--since", "yesterday"],
        ["rates", "--zone", "Europe/Bergen"],
        ["rates", "--where", "drop table events"],
        ["rates", "--config", "nowhere.toml"],
        ["messages", "--limit", "0"],
        ["messages", "--limit", "few"],
        ["lookup", " "],
        ["formats", "fax"],
        ["simulate", "--messages", "0", "--seed", "1", "--out", "new"],
        ["load", "logs", "--format", "fax"],
    ],
)
def test_wrong_usage_is_one_line_and_2(run: Run, database: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv(store.ENVIRONMENT, str(database))
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert one_line(ran.err)


def test_a_broken_configuration_is_2(run: Run, database: Path) -> None:
    Path("broken.toml").write_text("zone = 'Mars/Olympus'\n", "utf-8")
    ran = run("rates", "--db", database, "--config", "broken.toml")
    assert ran.code == 2
    assert one_line(ran.err)
    assert "broken.toml: zone" in ran.err


@pytest.mark.parametrize("command", ["rates", "messages", "loads", "feeds", "rejects"])
def test_a_missing_database_is_3(run: Run, command: str) -> None:
    ran = run(command, "--db", "nowhere.duckdb")
    assert (ran.code, ran.out) == (3, "")
    assert one_line(ran.err)
    assert "nowhere.duckdb" in ran.err


def test_a_file_that_is_none_of_ours_is_3(run: Run) -> None:
    Path("notes.txt").write_text("not a database\n" * 1000, "utf-8")
    for command in (["rates"], ["lookup", "1"], ["load", "notes.txt"]):
        ran = run(*command, "--db", "notes.txt")
        assert ran.code == 3
        assert one_line(ran.err)


def test_a_database_that_is_being_loaded_is_3(run: Run, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "north")
    with store.rebuild(tmp_path / "busy.duckdb"):
        ran = run("load", logs, "--db", "busy.duckdb")
    assert ran.code == 3
    assert one_line(ran.err)
    assert "another load" in ran.err


def test_a_place_where_no_database_can_be_is_3(run: Run, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "north")
    Path("file").write_text("", "utf-8")
    ran = run("load", logs, "--db", "file/sms.duckdb")
    assert ran.code == 3
    assert one_line(ran.err)


@pytest.mark.parametrize(
    "question",
    [
        ["rates", "--account", "nobody"],
        ["messages", "--since", "2027-01-01"],
        ["gaps", "--as-of", "2020-01-01"],
        ["reasons", "--where", "country = 'SE'"],
        ["lookup", "+4740000999"],
    ],
)
def test_no_data_for_the_question_is_4(run: Run, database: Path, question: list[str]) -> None:
    ran = run(*question, "--db", database)
    assert (ran.code, ran.out) == (4, "")
    assert one_line(ran.err)


@pytest.mark.parametrize("place", [0, 3])
def test_a_traceback_only_with_debug_wherever_it_stands(run: Run, place: int) -> None:
    arguments = ["rates", "--db", "nowhere.duckdb"]
    assert "Traceback" not in run(*arguments).err
    arguments.insert(place, "--debug")
    ran = run(*arguments)
    assert ran.code == 3
    assert "Traceback" in ran.err


def test_a_fault_of_ours_tells_its_place_and_no_value(run: Run, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> pl.DataFrame:
        raise ValueError("+4740000001")

    monkeypatch.setitem(answers._QUESTIONS, "rates", broken)
    ran = run("rates", "--db", database)
    assert (ran.code, ran.out) == (1, "")
    assert one_line(ran.err)
    assert "ValueError at test_cli.py:" in ran.err
    assert "4740000001" not in ran.err


# Loading


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return write_logs(tmp_path)


def test_a_load_reports_every_file_and_its_numbers_add_up(run: Run, logs: Path) -> None:
    ran = run("load", logs, "--db", "sms.duckdb")
    assert ran.code == 0
    head, _, *rows = ran.out.splitlines()
    assert re.split("  +", head)[3:10] == ["Linjer", "Lest", "Hoppet over", "Avvist", "Hendelser", "Duplikater", "Ukjent statusord"]
    counts = [[int(number) for number in re.split("  +", row)[3:10]] for row in rows]
    assert [row.split()[0].rpartition("/")[2] for row in rows] == ["access.log", "export.csv", "messages.log", "Sum"]
    assert counts[0] == [9, 8, 0, 1, 8, 0, 0]
    assert [sum(column) for column in zip(*counts[:-1], strict=True)] == counts[-1]
    assert all(records == accepted + skipped + rejected for records, accepted, skipped, rejected, *_ in counts)
    assert "Første tidspunkt (Europe/Oslo)" in head
    assert "2026-10-01 10:00:05" in rows[0]
    assert "warning: forbindelsen nordic1: id-ene" in ran.err


def test_a_load_says_nothing_of_numbers_or_texts(run: Run, logs: Path) -> None:
    ran = run("load", logs, "--db", "sms.duckdb")
    rejects = run("rejects", "--db", "sms.duckdb")
    assert "[to:+9999999999]" in rejects.out
    for text in (ran.out, ran.err, rejects.out, run("loads", "--db", "sms.duckdb").out):
        assert not NUMBER.search(text)
        assert "Hemmelig" not in text


def test_a_load_as_json_has_the_columns_of_loads(run: Run, logs: Path) -> None:
    ran = run("load", logs, "--db", "sms.duckdb", "--json")
    assert [list(row) for row in ran.rows] == [list(LoadRecord.__dataclass_fields__)] * 3
    assert ran.rows == run("loads", "--db", "sms.duckdb", "--json").rows
    assert ran.rows[0]["first_utc"] == "2026-10-01T08:00:05+00:00"


def test_what_is_known_is_not_loaded_twice(run: Run, logs: Path) -> None:
    run("load", logs, "--db", "sms.duckdb")
    again = run("load", logs, "--db", "sms.duckdb")
    assert (again.code, again.out) == (0, "")
    assert again.err.count("er lastet inn fra før; på nytt med dagens oppsett: --replace\n") == 3
    assert run("load", logs, "--db", "sms.duckdb", "--json").rows == []
    assert len(run("load", logs, "--db", "sms.duckdb", "--replace", "--json").rows) == 3


def test_inputs_that_fail_are_told_at_the_end_the_rest_is_loaded_and_the_code_is_1(run: Run, logs: Path) -> None:
    Path("letter.txt").write_text("Dear Sir,\n", "utf-8")
    ran = run("load", "missing.log", "letter.txt", logs / "access.log", "--db", "sms.duckdb", "--json")
    assert ran.code == 1
    assert [row["state"] for row in ran.rows] == ["refused", "loaded"]
    assert [line.split(":")[1].strip() for line in ran.err.splitlines()[-2:]] == ["missing.log", "letter.txt"]
    assert sms.rates(sms.connect("sms.duckdb"))["messages"].item() == 4


def test_options_of_a_load_reach_it(run: Run, logs: Path) -> None:
    ran = run("load", logs / "export.csv", "--db", "sms.duckdb", "--format", "table", "--feed", "portal", "--account", "bank1", "--json")
    assert [(row["format"], row["feed"]) for row in ran.rows] == [("table", "portal")]
    (message,) = run("messages", "--db", "sms.duckdb", "--format", "json").rows
    assert message["account"] == "bank1"


def test_time_zones_of_a_load_reach_it(run: Run, logs: Path) -> None:
    ran = run("load", logs / "access.log", "--db", "sms.duckdb", "--time-zone", "UTC", "--receipt-zone", "Asia/Tokyo", "--json")
    assert ran.rows[0]["first_utc"] == "2026-10-01T10:00:05+00:00"
    assert ran.rows[0]["time_zone"] == "Asia/Tokyo, UTC"


def test_formats_are_listed_and_documented(run: Run) -> None:
    listed = run("formats", "--json").rows
    assert [row["format"] for row in listed] == sms.formats.names()
    assert [line.split()[0] for line in run("formats").out.splitlines()[2:]] == [row["format"] for row in listed]
    assert "Kannel bearerbox access log." in run("formats", "kannel").out
    (one,) = run("formats", "kannel", "--json").rows
    assert "Sample:" in one["documentation"]


def test_identify_says_which_format_how_sure_and_from_which_line(run: Run, logs: Path) -> None:
    Path("padded.log").write_text("nothing\n" * 5 + (logs / "access.log").read_text("utf-8"), "utf-8")
    ran = run("identify", "padded.log", logs / "export.csv", "--json")
    assert ran.code == 0
    assert [(row["format"], row["claimed"], row["records"], row["place"]) for row in ran.rows] == [
        ("kannel", 9, 14, "padded.log:6"),
        ("table", 1, 1, f"{logs}/export.csv:1"),
    ]


def test_identify_fails_where_no_format_fits(run: Run, logs: Path) -> None:
    Path("letter.txt").write_text("Dear Sir,\n", "utf-8")
    ran = run("identify", "letter.txt", "missing.log", logs, "--json")
    assert ran.code == 1
    assert [row["format"] for row in ran.rows] == [None, None, "kannel", "table", "jasmin"]
    assert ran.err.count("error: ") == 2


def test_simulate_writes_what_it_says(run: Run) -> None:
    ran = run("simulate", "--messages", "40", "--seed", "7", "--out", "made")
    assert ran.code == 0
    paths = ran.out.splitlines()
    assert all(Path(path).is_file() for path in paths)
    assert paths[-2:] == ["made/truth.csv", "made/sms_analytics.toml"]
    assert run("simulate", "--messages", "40", "--seed", "7", "--out", "made").code == 2


# Asking


@pytest.mark.parametrize("question", QUESTIONS)
def test_json_has_the_columns_of_the_answer(run: Run, database: Path, question: str) -> None:
    ran = run(question, "--by", "operator,day", "--db", database, "--format", "json")
    with sms.connect(database) as db:
        frame = getattr(sms, question)(db, by="operator,day")
    assert [list(row) for row in ran.rows] == [frame.columns] * frame.height
    assert all(re.fullmatch(r"2026-10-\d\d", row["day"]) for row in ran.rows)


def test_rates_as_json_say_what_rates_says(run: Run, database: Path) -> None:
    ran = run("rates", "--by", "hour", "--db", database, "--format", "json")
    assert list(ran.rows[0]) == ["hour", "hour_utc", *metrics.COUNTS, *metrics.RATES]
    assert [(row["hour"], row["hour_utc"]) for row in ran.rows] == [
        ("2026-10-01T10:00:00+02:00", "2026-10-01T08:00:00+00:00"),
        ("2026-10-01T11:00:00+02:00", "2026-10-01T09:00:00+00:00"),
        ("2026-10-19T08:00:00+02:00", "2026-10-19T06:00:00+00:00"),
        ("2026-10-20T10:00:00+02:00", "2026-10-20T08:00:00+00:00"),
    ]
    with sms.connect(database) as db:
        frame = sms.rates(db, by="hour")
    for name in (*metrics.COUNTS, *metrics.RATES):
        assert [row[name] for row in ran.rows] == frame[name].to_list()


def test_csv_read_back_is_rates(run: Run, database: Path) -> None:
    ran = run("rates", "--by", "operator,account", "--db", database, "--format", "csv")
    with sms.connect(database) as db:
        frame = sms.rates(db, by=["operator", "account"])
    assert pl.read_csv(ran.out.encode(), schema_overrides=frame.schema).equals(frame)


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_data_alone_goes_to_standard_output(run: Run, database: Path, form: str) -> None:
    where = "feed = 'telenor1' and submission_missing = false"
    ran = run("rates", "--as-of", "2026-10-01 11:00", "--where", where, "--db", database, "--format", form)
    assert "warning: 2 av 3 sendte meldinger kan fortsatt få endelig status: tallene er foreløpige" in ran.err
    assert "warning" not in ran.out
    assert "\x1b" not in ran.out + ran.err


@pytest.mark.parametrize(("name", "form"), [("rates.csv", None), ("rates.json", None), ("rates.txt", None), ("rates.csv", "json")])
def test_an_answer_goes_into_a_file(run: Run, database: Path, name: str, form: str | None) -> None:
    chosen = ["--format", form] if form else []
    ran = run("rates", "--by", "operator", "--db", database, "--output", name, *chosen)
    assert (ran.code, ran.out) == (0, "")
    assert name in ran.err
    expected = run("rates", "--by", "operator", "--db", database, "--format", form or {"rates.txt": "table"}.get(name, name.rpartition(".")[2]))
    assert Path(name).read_text("utf-8") == expected.out


def test_a_file_that_cannot_be_written_is_2(run: Run, database: Path) -> None:
    ran = run("rates", "--db", database, "--output", "no/such/folder/rates.csv")
    assert ran.code == 2
    assert one_line(ran.err)
    assert "no/such/folder/rates.csv" in ran.err


def test_in_a_pipe_nothing_is_wrapped_or_cut(run: Run, database: Path) -> None:
    with sms.connect(database) as db:
        frame = sms.rates(db, by="operator,account")
    lines = run("rates", "--by", "operator,account", "--db", database, "--lang", "en").out.splitlines()
    assert lines[:3] == [*output.headline(frame, "en"), ""]
    head, _, *rows = lines[3:]
    assert len(rows) == frame.height
    assert len(re.split("  +", head)) == len(frame.columns) - 3
    assumed = run("rates", "--by", "operator,account", "--assume", "--db", database, "--lang", "en").out.splitlines()
    assert len(re.split("  +", assumed[3])) == len(frame.columns)
    assert all(len(line) > 250 for line in [head, *rows])
    assert rows[0].split()[:2] == ["Telenor", "klinikk1"]
    assert rows[-1].split()[:2] == ["unknown", "–"]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("command", [["rates", "--by", "operator,account"], ["messages"], ["loads"], ["feeds"], ["rejects"], ["lookup", "a1b2c3"]])
def test_on_a_terminal_everything_fits(run: Run, database: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], width: int) -> None:
    monkeypatch.setattr(printing, "width", lambda: width)
    ran = run(*command, "--db", database)
    assert ran.code == 0
    assert max(len(line) for line in ran.out.splitlines()) <= width


def test_a_narrow_terminal_has_a_short_table_and_wide_has_all(run: Run, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "width", lambda: 80)
    asked = ("rates", "--by", "operator", "--db", database, "--lang", "en")
    short, wide = run(*asked), run(*asked, "--wide")
    assert "columns found no room; all of them: --wide, --format csv" in short.err
    assert "found no room" not in wide.err
    assert len(short.out.splitlines()) < len(wide.out.splitlines())
    assert short.out.count("Telenor") == 1 < wide.out.count("Telenor")


def test_on_a_terminal_counts_that_are_always_0_are_not_shown(run: Run, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "width", lambda: 500)
    shown = run("rates", "--db", database, "--lang", "en").out
    head = " ".join(shown.split("\n\n")[1].partition("─")[0].split())
    assert head.endswith("Delivered Failed status")
    assert "Paused" not in shown


def test_tables_speak_both_languages(run: Run, database: Path) -> None:
    for command in (["rates", "--by", "operator,outcome"], ["reasons"], ["gaps", "--by", "gap_cause"], ["messages"], ["latency"]):
        shown = {lang: run(*command, "--db", database, "--lang", lang).out for lang in ("nb", "en")}
        heads = {lang: next(line for line in text.splitlines() if "  " in line and ":" not in line.split("  ")[0]) for lang, text in shown.items()}
        assert heads["nb"] != heads["en"]
        for text in shown.values():
            raw = set(re.findall(r"\b[a-z]+_[a-z_]+\b", text))
            assert raw == set()


def test_the_configuration_beside_the_database_chooses_language_and_zone(run: Run, tmp_path: Path) -> None:
    database, _ = loaded(tmp_path / "north")
    (database.parent / "sms_analytics.toml").write_text('lang = "en"\nzone = "Asia/Tokyo"\n', "utf-8")
    shown = run("gaps", "--db", database).out
    assert "First time (Asia/Tokyo)" in shown
    assert "2026-10-01 17:00:07" in shown
    assert "Første tidspunkt (UTC)" in run("gaps", "--db", database, "--lang", "nb", "--zone", "UTC").out


def test_the_database_is_found_in_the_environment_then_here(run: Run, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("rates").code == 3
    monkeypatch.setenv(store.ENVIRONMENT, str(database))
    assert run("rates").code == 0
    monkeypatch.delenv(store.ENVIRONMENT)
    Path("sms.duckdb").write_bytes(database.read_bytes())
    assert run("rates").code == 0


def test_filters_reach_the_question(run: Run, database: Path) -> None:
    def messages(*options: str) -> int:
        (row,) = run("rates", "--db", database, "--format", "json", *options).rows
        return int(row["messages"])

    assert messages() == 6
    assert messages("--since", "2026-10-19") == 2
    assert messages("--until", "2026-10-01 10:00:06") == 1
    assert messages("--account", "bank1") == 1
    assert messages("--where", "parts > 1 or operator = 'Telia'") == 1
    assert messages("--as-of", "2026-10-01 10:00:06") == 2
    assert messages("--since", "2026-10-01 08:00:07", "--zone", "UTC") == 4


def test_messages_are_masked_unless_asked(run: Run, database: Path) -> None:
    for form in ("table", "csv", "json"):
        masked = run("messages", "--db", database, "--format", form)
        assert not NUMBER.search(masked.out)
        assert "+47 4•• •• •01" in masked.out
        assert "+4740000001" in run("messages", "--db", database, "--format", form, "--unmask").out
    rows = run("messages", "--db", database, "--format", "json", "--limit", "2").rows
    assert [list(row) for row in rows] == [list(schemas.MESSAGE_COLUMNS)] * 2


@pytest.mark.parametrize("table", ["loads", "feeds", "rejects"])
def test_what_is_in_the_database_is_listed(run: Run, database: Path, table: str) -> None:
    ran = run(table, "--db", database, "--json")
    with sms.connect(database) as db:
        found: pl.DataFrame = db.sql(f"select * from {table}").pl()
    assert [list(row) for row in ran.rows] == [found.columns] * found.height
    assert found.height > 0
    shown = run(table, "--db", database).out.splitlines()
    assert len(shown) == found.height + 2


def test_feeds_are_shown_under_the_names_of_the_configuration(run: Run, tmp_path: Path) -> None:
    database, _ = loaded(tmp_path / "named")
    settings = database.parent / "sms_analytics.toml"
    settings.write_text(settings.read_text("utf-8").replace("[feeds.telenor1]", '[feeds.telenor1]\nname = "Hovedlinjen"'), "utf-8")
    assert "Hovedlinjen (telenor1)" in run("feeds", "--db", database).out
    assert "Hovedlinjen (telenor1)" in run("rates", "--by", "feed", "--db", database).out
    assert "Forbindelse: Hovedlinjen (telenor1)" in run("lookup", "00A1B2C5", "--db", database).out
    assert {row["feed"] for row in run("feeds", "--db", database, "--json").rows} == {"telenor1", "nordic1", "table"}


def test_rejects_lead_to_the_line(run: Run, database: Path) -> None:
    assert f"{database.parent}/logs/access.log:7" in run("rejects", "--db", database).out


def test_lookup_takes_a_number_in_several_words(run: Run, database: Path) -> None:
    ran = run("lookup", "0047", "400", "00", "001", "--db", database, "--lang", "en")
    assert ran.code == 0
    assert ran.out.startswith("2 messages for +4740000001, newest first. Times: Europe/Oslo\n")
    rows = run("lookup", "400 00 001", "--db", database, "--json").rows
    assert [row["message_id"] for row in rows] == ["00A1B2C6", "00A1B2C3"]
    assert rows[0]["events"][0]["received_utc"] == "2026-10-20T08:00:00+00:00"


def test_what_must_be_known_is_said_in_the_language_that_is_asked_for(run: Run, database: Path) -> None:
    asked = ("rates", "--as-of", "2026-10-01 11:00", "--where", "feed = 'telenor1'", "--db", database)
    assert "warning: 2 of 3 sent messages can still get a final status: the rates are provisional" in run(*asked, "--lang", "en").err
    assert "kan fortsatt få endelig status" in run(*asked, "--lang", "nb").err


def test_a_feed_that_fell_silent_is_told(run: Run) -> None:
    lines = []
    for number in range(240):
        hour, minute = 10 + number // 60, number % 60
        time, id, to = f"2026-10-01 {hour}:{minute:02}", f"{number:08X}", f"+47400001{number % 100:02}"
        lines.append(sent(f"{time}:00", id, to))
        if hour not in (11, 12):
            lines.append(received(f"{time}:05", id, to, done=f"261001{hour}{minute:02}"))
    Path("access.log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    assert run("load", "access.log", "--time-zone", "Europe/Oslo").code == 0
    said = run("gaps", "--lang", "en").err
    assert (
        "feed 'telenor1': 120 receipts stayed away or came late, 2026-10-01 11:00:05 to 2026-10-01 12:59:05 (Europe/Oslo): open: statuses may still come"
        in said
    )


# As a program of its own


def program(*arguments: str, after: str = "") -> subprocess.CompletedProcess[str]:
    script = f"import sys\nfrom sms_analytics.cli import main\ncode = main({list(arguments)!r})\n{after}\nsys.exit(code)"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=os.environ | {"NO_COLOR": "1"})


def test_as_a_program_it_needs_no_notebook_and_no_charts(database: Path) -> None:
    heavy = ("altair", "jupyterlab", "IPython", "pandas")
    ran = program(
        "rates", "--db", str(database), "--format", "json", after=f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    assert ran.returncode == 0
    assert json.loads(ran.stdout)[0]["messages"] == 6
    assert ran.stderr == "[]\n"


def test_help_needs_no_polars() -> None:
    ran = program("rates", "--help", after="print('polars' in sys.modules, file=sys.stderr)")
    assert (ran.returncode, ran.stderr) == (0, "False\n")


def test_an_error_of_the_program(database: Path) -> None:
    ran = program("rates", "--by", "colour", "--db", str(database))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert one_line(ran.stderr)


def test_a_reader_that_leaves_is_no_error(database: Path) -> None:
    script = f"import sys\nfrom sms_analytics.cli import main\nsys.stdin.read()\nsys.exit(main(['messages', '--db', {str(database)!r}]))"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, "")


# From Python


def test_the_public_names_are_there_and_are_functions() -> None:
    assert {"connect", "load", "identify", "rates", "reasons", "latency", "gaps", "messages", "lookup", "simulate", "demo"} <= set(sms.__all__)
    assert set(sms.__all__) <= set(dir(sms))
    functions = [name for name in sms.__all__ if name not in ("charts", "config", "errors", "formats", "labels", "notebook", "spark", "theme")]
    assert [name for name in functions if not callable(getattr(sms, name))] == []
    assert {"front", "jasmin", "kannel", "smpp", "table", "twilio"} <= set(sms.formats.names())
    with pytest.raises(AttributeError):
        _ = sms.__getattr__("bogus")


def test_every_dimension_is_accepted_by_its_question(run: Run, database: Path) -> None:
    own = {"reason": "reasons", "reason_class": "reasons", "gap_cause": "gaps"}
    for dimension in selecting.DIMENSIONS:
        assert run(own.get(dimension, "rates"), "--by", dimension, "--db", database).code == 0
