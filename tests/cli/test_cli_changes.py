"""The command that says why a rate changed: both periods, sums that add up, the same columns as the function, exit codes."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import sms_analytics as sms
from sms_analytics.cli import main
from tests.small_database import loaded, received, sent

Run = Callable[..., tuple[int, str, str]]

#: One of three messages of 1 October arrived, and the one of 20 October did.
DAYS: Final = ("--since", "2026-10-20", "--until", "2026-10-21", "--before-since", "2026-10-01", "--before-until", "2026-10-02")
TELENOR: Final = (*DAYS, "--where", "feed = 'telenor1'")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loaded(tmp_path_factory.mktemp("changes"))[0]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], database: Path) -> Run:
    def _run(*arguments: object, db: Path = database) -> tuple[int, str, str]:
        code = main(["changes", *map(str, arguments), "--db", str(db)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return _run


def test_the_change_is_told_above_the_table_in_norwegian(run: Run) -> None:
    code, out, err = run(*TELENOR, "--any-age")
    assert (code, err) == (0, "")
    above, _, table = out.partition("\n\n")
    assert above.splitlines() == [
        "2026-10-20 00:00:00 til 2026-10-21 00:00:00, sammenlignet med 2026-10-01 00:00:00 til 2026-10-02 00:00:00 (Europe/Oslo)",
        "Bekreftet levert: 33,3 % før, 100,0 % nå; endring +66,7 prosentpoeng: 0,0 prosentpoeng av endret fordeling, +25,0 prosentpoeng av manglende statuser, +41,7 prosentpoeng av leveringen",
    ]
    head, _, *rows = table.splitlines()
    assert head.split("  ")[0] == "Operatør"
    shown = "Telenor 3 1 33,3 % 100,0 % +66,7 prosentpoeng – – For få dager +66,7 prosentpoeng 0,0 prosentpoeng +25,0 prosentpoeng +41,7 prosentpoeng – – 66,7 % 100,0 % 50,0 % 100,0 % 100,0 % 100,0 % 0 0"
    assert " ".join(rows[0].split()) == shown


def test_the_same_in_english_at_the_same_age(run: Run) -> None:
    """The log ends on 20 October 10:00:09; nothing had arrived on 1 October at that time of the day."""
    code, out, _ = run(*TELENOR, "--lang", "en")
    assert code == 0
    assert out.splitlines()[1:3] == [
        "The period before is taken as it was known at 2026-10-01 10:00:09, when it was as old as the period is now",
        "Confirmed delivered: 0.0% before, 100.0% now; change +100.0 pp: 0.0 pp from the mix, +100.0 pp from missing statuses, 0.0 pp from delivery",
    ]
    assert "From missing statuses" in out


def test_csv_and_json_have_the_columns_of_the_function(run: Run, database: Path) -> None:
    _, out, _ = run(*TELENOR, "--any-age", "--format", "json")
    (row,) = json.loads(out)
    with sms.connect(database) as db:
        frame = sms.changes(
            db,
            since="2026-10-20",
            until="2026-10-21",
            before_since="2026-10-01",
            before_until="2026-10-02",
            same_age=False,
            where="feed = 'telenor1'",
        )
    assert list(row) == frame.columns
    assert (row["operator"], row["sent_before"], row["sent"], row["rate"]) == ("Telenor", 3, 1, 1.0)
    assert row["effect"] == pytest.approx(2 / 3)
    _, written, _ = run(*TELENOR, "--any-age", "--format", "csv")
    assert next(csv.reader(io.StringIO(written))) == frame.columns


def test_another_rate_and_no_groups(run: Run) -> None:
    _, out, _ = run(*TELENOR, "--any-age", "--rate", "coverage", "--by", "", "--lang", "en")
    assert "Status coverage: 66.7% before, 100.0% now; change +33.3 pp: 0.0 pp from the mix, +33.3 pp" in out


def test_silence_that_cannot_be_seen_has_no_sum(run: Run, tmp_path: Path) -> None:
    lines = [
        received(f"2026-10-{day} 10:00:20", f"AA{day}", "+4740000001", done=f"2610{day}1000").replace("2610011000", f"2610{day}1000")
        for day in ("01", "20")
    ]
    (tmp_path / "receipts.log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    sms.load(str(tmp_path / "receipts.log"), db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo")
    code, out, err = run(*DAYS, "--any-age", "--lang", "en", db=tmp_path / "sms.duckdb")
    assert code == 0
    assert "Confirmed delivered: cannot be compared, since no group whose submissions were loaded has sent messages in both periods" in out
    assert "feed 'telenor1': no submission was loaded" in err


def test_what_is_provisional_is_said(run: Run, tmp_path: Path) -> None:
    lines = [
        sent("2026-10-19 10:00:00", "AA1", "+4740000001"),
        received("2026-10-19 10:00:20", "AA1", "+4740000001", done="2610191000"),
        sent("2026-10-20 10:00:00", "AA2", "+4740000001"),
    ]
    (tmp_path / "access.log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    sms.load(str(tmp_path / "access.log"), db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo")
    asked = ("--since", "2026-10-20", "--until", "2026-10-21", "--lang")
    assert "1 of 1 sent message can still get a final status" in run(*asked, "en", db=tmp_path / "sms.duckdb")[2]
    assert "1 av 1 sendt melding kan fortsatt få endelig status" in run(*asked, "nb", db=tmp_path / "sms.duckdb")[2]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--until", "2026-10-21"], 2, "--since"),
        (["--since", "2026-10-20"], 2, "--until"),
        ([*DAYS, "--by", "day"], 2, "no group is in both periods"),
        ([*DAYS, "--rate", "rate_answered"], 2, "--rate"),
        (["--since", "2026-10-20", "--until", "2026-10-21", "--before-since", "2026-10-01"], 2, "--before-until"),
        (["--since", "2026-10-01", "--until", "2026-10-02"], 4, "the period before: no message fits"),
    ],
)
def test_exit_codes(run: Run, arguments: list[str], code: int, said: str) -> None:
    ended, out, err = run(*arguments)
    assert (ended, out) == (code, "")
    assert said in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_no_database_is_3(run: Run, tmp_path: Path) -> None:
    assert run(*DAYS, db=tmp_path / "none.duckdb")[0] == 3
