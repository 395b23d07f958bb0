"""The commands for second thoughts: what they print, in both languages, and their exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sms_analytics.cli import main
from sms_analytics.commands import loader
from tests import kannel_log as log
from tests.small_database import CONFIGURATION, loaded, received

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def _run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return _run


@pytest.fixture
def db(tmp_path: Path) -> Path:
    db, _ = loaded(tmp_path)
    lines = [
        received("2026-10-20 10:00:09", "AA1", "+4740000011", done="2610201000", stat="FUNNY", mask="0"),
        received("2026-10-20 10:00:10", "AA2", "+4740000012", done="2610201000", stat="UNDELIV", err="777", mask="2"),
    ]
    (tmp_path / "more.log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    loader.load(str(tmp_path / "more.log"), db=db)
    return db


def configure(db: Path, text: str) -> None:
    (db.parent / "sms_analytics.toml").write_text(CONFIGURATION + text, "utf-8")


def test_unmapped_shows_a_table_and_the_lines_to_write(db: Path, run: Run) -> None:
    code, out, err = run("unmapped", "--db", db, "--lang", "en")
    assert (code, err) == (0, "")
    table, _, lines = out.partition("\n\n")
    assert table.splitlines()[0].split()[:2] == ["What", "Feed"]
    assert "status word" in table
    assert "failure code" in table
    assert f"{db.parent / 'more.log'}:2" in table
    assert "+4740000011" not in out
    assert (
        lines.splitlines()[0]
        == '# Write this into sms_analytics.toml with a meaning for each "?" (below the heading where it is there already), then run: sms-analytics remap'
    )
    assert lines.splitlines()[1].startswith("# Statuses: scheduled, queued, ")
    assert lines.splitlines()[2].startswith("# Reasons: unknown_subscriber, ")
    assert lines.splitlines()[3:] == ["[feeds.telenor1.statuses]", 'FUNNY = "?"', "[codes.map]", '777 = "?"']
    _, norwegian, _ = run("unmapped", "--db", db)
    assert "statusord" in norwegian
    assert "# Skriv dette i sms_analytics.toml" in norwegian


def test_unmapped_as_json(db: Path, run: Run) -> None:
    code, out, _ = run("unmapped", "--db", db, "--json")
    assert code == 0
    rows = json.loads(out)
    assert [(row["what"], row["written"], row["events"]) for row in rows] == [("word", "FUNNY", 1), ("code", "777", 1)]
    assert rows[0]["first_utc"] == "2026-10-20T08:00:09+00:00"


def test_what_the_lines_map_is_remapped_and_shown_in_words(db: Path, run: Run) -> None:
    configure(db, '[feeds.telenor1.statuses]\nFUNNY = "delivered"\n[codes.map]\n777 = "no_route"')
    code, out, err = run("unmapped", "--db", db, "--lang", "en")
    assert (code, err) == (0, "Every status word and failure code has a meaning\n")
    assert '"?"' not in out
    code, out, err = run("remap", "--db", db)
    assert (code, err) == (0, "14 hendelser lest på nytt; dette er endret:\n")
    lines = [line.split() for line in out.splitlines()[2:]]
    assert ["Resultat", "telenor1", "Ukjent", "statusord", "Bekreftet", "levert", "1"] in lines
    assert len(lines) == 3
    code, out, err = run("remap", "--db", db, "--lang", "en", "--json")
    assert (code, json.loads(out), err) == (0, [], "14 events read again; nothing has changed\n")


def test_changes_as_json_have_the_words_of_the_database(db: Path, run: Run) -> None:
    configure(db, '[feeds.telenor1.statuses]\nFUNNY = "delivered"')
    _, out, _ = run("remap", "--db", db, "--json")
    assert json.loads(out) == [
        {"changed": "outcome", "feed": "telenor1", "before": "unrecognised", "after": "delivered", "count": 1},
        {"changed": "status", "feed": "telenor1", "before": "unrecognised", "after": "delivered", "count": 1},
    ]


def test_a_mistake_in_the_configuration_is_wrong_usage(db: Path, run: Run) -> None:
    configure(db, '[feeds.telenor1.statuses]\nFUNNY = "?"')
    for command in ("unmapped", "remap"):
        code, out, err = run(command, "--db", db)
        assert (code, out) == (2, "")
        assert err.startswith("error: ")
        assert "feeds.telenor1.statuses.FUNNY.status = '?': Input should be 'scheduled', 'queued', " in err
        assert err.count("\n") == 1


def test_unload_says_what_is_gone(db: Path, run: Run) -> None:
    code, out, err = run("unload", 2, 4, "--db", db, "--lang", "en")
    assert (code, out) == (0, "")
    assert err == "4 events and 3 messages taken out; 0 events that stand in other loads too were kept\n"
    assert [load["load_id"] for load in log.loads(db)] == [1, 3]
    code, out, err = run("unload", 4, "--db", db)
    assert (code, out, err) == (2, "", "error: LOAD_ID 4: no such load; there are: 1, 3; see: sms-analytics loads\n")
    assert json.loads(run("unload", 3, "--db", db, "--json")[1]) == [{"events": 2, "kept": 0, "messages": 1}]


def test_forget_takes_a_number_in_any_spelling_and_shows_none(db: Path, run: Run) -> None:
    code, out, err = run("forget", "400", "00", "002", "--db", db, "--lang", "en")
    assert (code, out) == (0, "")
    assert err.startswith("2 events and 1 message deleted. Rejected lines are kept without digits")
    code, out, err = run("forget", "+4740000002", "--db", db)
    assert (code, out) == (4, "")
    assert "40000002" not in err


def test_purge_needs_a_time_and_deletes_what_is_older(db: Path, run: Run) -> None:
    assert run("purge", "--db", db)[0] == 2
    code, out, err = run("purge", "--before", "2026-10-19", "--db", db)
    assert (code, out) == (0, "")
    assert err == "10 hendelser og 6 meldinger er slettet. Loggfilene selv er urørt\n"
    assert run("purge", "--before", "2026-10-19", "--db", db)[0] == 4


@pytest.mark.parametrize("command", [("unmapped",), ("remap",), ("unload", "1"), ("forget", "+4740000001"), ("purge", "--before", "2026-01-01")])
def test_without_a_database(command: tuple[str, ...], tmp_path: Path, run: Run) -> None:
    code, out, err = run(*command, "--db", tmp_path / "none.duckdb")
    assert (code, out) == (3, "")
    assert "no such database" in err
    assert list(tmp_path.iterdir()) == []


def test_tables_show_the_names_of_accounts_and_data_their_ids(db: Path, run: Run) -> None:
    configure(db, '[accounts]\nklinikk1 = "Eksempelklinikken"')
    _, table, _ = run("rates", "--by", "account", "--db", db)
    assert "\nEksempelklinikken " in table
    assert "klinikk1" not in table
    _, csv, _ = run("rates", "--by", "account", "--db", db, "--format", "csv")
    assert "\nklinikk1," in csv
    assert "Eksempelklinikken" not in csv
    assert "Eksempelklinikken" in run("messages", "--db", db)[1]
    assert "Eksempelklinikken" not in run("messages", "--db", db, "--format", "json")[1]
