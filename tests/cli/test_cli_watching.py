"""The commands that watch over the figures, as they are typed: what stands on standard output, and the exit codes."""

import json
from pathlib import Path

import duckdb
import pytest

from sms_analytics.cli import main
from tests import kannel_log

RULES = '[check.night]\nrule = "coverage"\nleast = 0.95\nage = "1m"\n'


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    kannel_log.load(folder / "sms.duckdb", kannel_log.written(folder / "access.log", kannel_log.lines(210)))
    return folder / "sms.duckdb"


@pytest.fixture
def db(loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sms.duckdb").hardlink_to(loaded)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMS_ANALYTICS_DB", str(tmp_path / "sms.duckdb"))
    return tmp_path / "sms.duckdb"


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_check_says_it_once_and_ends_with_one_as_long_as_it_lasts(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (db.parent / "sms_analytics.toml").write_text(RULES, "utf-8")
    code, out, _ = typed(capsys, "check", "--lang", "en")
    assert (code, out.count("\n")) == (1, 1)
    assert out.startswith("ALARM night: all messages: 85.")
    assert typed(capsys, "check", "--lang", "en") == (1, "", "")
    code, out, _ = typed(capsys, "check", "--lang", "en", "--all")
    assert (code, out.startswith("STILL night (since ")) == (1, True)
    code, out, _ = typed(capsys, "check", "--json")
    (row,) = json.loads(out)
    assert (code, row["check"], row["state"], row["limit"]) == (1, "night", "still", 0.95)
    (db.parent / "mild.toml").write_text(RULES.replace("0.95", "0.5"), "utf-8")
    code, out, _ = typed(capsys, "check", "--rules", "mild.toml", "--lang", "nb")
    assert (code, out.startswith("OVER night: alle meldinger: 85,")) == (0, True)
    assert typed(capsys, "check", "--rules", "mild.toml") == (0, "", "")


def test_check_without_rules_is_wrong_usage(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del db
    code, out, err = typed(capsys, "check")
    assert (code, out) == (2, "")
    assert "no rules: write [check.NAME]" in err


def test_reconcile(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "reconcile", "--lang", "en")
    assert (code, out.splitlines()[0].split(":")[0]) == (0, "All hold")
    content = db.read_bytes()
    db.unlink()
    db.write_bytes(content)
    with duckdb.connect(str(db)) as connection:
        connection.execute("UPDATE loads SET skipped = skipped + 1")
    code, out, _ = typed(capsys, "reconcile", "--format", "json")
    first = json.loads(out)[0]
    assert (code, first["what"], first["holds"], first["found"] - first["expected"]) == (1, "records", False, 1)
    assert first["place"].endswith("access.log")


def test_proof_and_proven(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = db.parent / "codes.csv"
    file.write_text("message_id,time,kind\n00000001,2026-03-18T08:05:00Z,code\n00000007,2026-03-18T08:05:00Z,code\n", "utf-8")
    code, out, err = typed(capsys, "proof", "codes.csv", "--json", "--lang", "en")
    assert code == 0
    assert "codes.csv: 2 rows = 2 accepted + 0 empty + 0 rejected" in err
    (row,) = json.loads(out)
    assert (row["proven"], row["proven_confirmed"], row["proven_silent"]) == (2, 1, 1)
    assert typed(capsys, "proven", "--by", "", "--format", "csv")[1].splitlines()[1].startswith("210,2,1,0,1,1.0,0.5,")
    code, _, err = typed(capsys, "proof", "codes.csv", "--lang", "en")
    assert (code, "codes.csv: was brought already" in err) == (0, True)
    (db.parent / "wrong.csv").write_text("a,b\n1,2\n", "utf-8")
    code, _, err = typed(capsys, "proof", "wrong.csv")
    assert (code, "no column for the time among the headers 'a', 'b'" in err) == (1, True)


def test_latency_and_its_curve(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del db
    _, out, _ = typed(capsys, "latency", "--lang", "en")
    heading, _, phone, receipt = out.splitlines()
    assert "Within 24 h" in heading
    assert "limit" not in heading
    assert ("the phone" in phone, "the receipt" in receipt) == (True, True)
    assert phone.count("(") == 2, "within 10 s and a minute; nobody was seen for an hour"
    _, out, _ = typed(capsys, "latency", "--curve", "--format", "csv")
    assert out.splitlines()[0].startswith("clock,seconds,share_delivered,share_delivered_low")


def test_revisions_say_which_way_rates_go(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del db
    code, out, _ = typed(capsys, "revisions", "--lang", "en")
    assert code == 0
    assert out.startswith("Confirmed rises a little as a day gets older. May have arrived and delivered of answered fall")
    assert json.loads(typed(capsys, "revisions", "--format", "json")[1])[0]["delivered_mid"] is None, "no history yet"
