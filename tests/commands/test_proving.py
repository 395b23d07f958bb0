"""Files of proofs: every row is counted, nothing but what proves is kept, and what they prove is asked of a real database."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from sms_analytics.commands.proving import ProofFile, ProofReport, proof
from sms_analytics.commands.unloading import forget, purge
from sms_analytics.database import store
from sms_analytics.errors import ConfigError, NoDataError, UsageError
from sms_analytics.questions.arrival import proven
from tests import kannel_log
from tests.kannel_log import START, recipient

#: Of the messages 1 to 20: 7 and 14 are silent, every fifth failed, the others were delivered. The log's clock is Norwegian, an hour ahead of UTC.
MESSAGES = 20


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    kannel_log.load(folder / "sms.duckdb", kannel_log.written(folder / "access.log", kannel_log.lines(MESSAGES)))
    return folder / "sms.duckdb"


@pytest.fixture
def db(loaded: Path, tmp_path: Path) -> Path:
    (tmp_path / "sms.duckdb").hardlink_to(loaded)
    return tmp_path / "sms.duckdb"


def entered(number: int, minutes: float = 5) -> str:
    """Local time some minutes after the message was handed over."""
    return f"{START + timedelta(seconds=7 * number, minutes=minutes):%Y-%m-%d %H:%M:%S}"


def written(db: Path, name: str, lines: list[str]) -> Path:
    file = db.parent / name
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return file


def by_id(*numbers: int) -> list[str]:
    return ["message_id;time;kind", *(f"{number:08X};{entered(number)};code_entered" for number in numbers)]


def counts(db: Path, **options: object) -> tuple[int, ...]:
    with store.connect(db) as connection:
        frame = proven(connection, "", **options)  # type: ignore[arg-type]
    return frame.select("sent", "proven", "proven_confirmed", "proven_failed", "proven_silent").row(0)


class TestWhatIsProven:
    def test_by_id_confirmed_failed_and_silent(self, db: Path) -> None:
        proof(written(db, "codes.csv", by_id(1, 2, 5, 7)), db=db, time_zone="Europe/Oslo")
        with store.connect(db) as connection:
            (row,) = proven(connection, "").to_dicts()
        assert [row[name] for name in ("sent", "proven", "proven_confirmed", "proven_failed", "proven_silent")] == [20, 4, 2, 1, 1]
        assert (row["receipts_true"], row["coverage_of_proven"]) == (2 / 3, 0.75)
        assert row["rate_confirmed"] == 14 / 20
        assert row["rate_proven"] == 15 / 20, "the silent one arrived; the one that is said to have failed is a conflict and counts for neither"

    def test_by_recipient_within_the_window(self, db: Path) -> None:
        rows = ["Mottaker;Tidspunkt;Hendelse", f"{recipient(3)};{entered(3)};klikk", f"{recipient(4)[3:]};{entered(4, 90)};svar"]
        proof(written(db, "clicks.csv", rows), db=db, time_zone="Europe/Oslo")
        assert counts(db) == (20, 0, 0, 0, 0), "no window is known, so they prove nothing"
        assert counts(db, window="1h") == (20, 1, 1, 0, 0)
        assert counts(db, window=timedelta(hours=2)) == (20, 2, 2, 0, 0)
        with pytest.raises(UsageError, match="--window 'soon': write a whole number and a unit"):
            counts(db, window="soon")

    def test_a_proof_before_the_message_is_of_another_one(self, db: Path) -> None:
        rows = ["message_id,time,kind", f"{9:08X},{entered(9, -30)},click", f"{10:08X},{entered(10, -0.5)},click"]
        proof(written(db, "early.csv", rows), db=db, time_zone="Europe/Oslo")
        assert counts(db) == (20, 1, 0, 1, 0), "half a minute is the clocks' difference"

    def test_an_account_must_be_the_messages_own(self, db: Path) -> None:
        rows = ["recipient,account,time,kind", f"{recipient(3)},kunde7,{entered(3)},click", f"{recipient(4)},another,{entered(4)},click"]
        proof(written(db, "accounts.csv", rows), db=db, time_zone="Europe/Oslo")
        assert counts(db, window="1h") == (20, 1, 1, 0, 0)

    def test_by_operator_and_with_filters(self, db: Path) -> None:
        proof(written(db, "codes.csv", by_id(1, 2)), db=db, time_zone="Europe/Oslo")
        assert counts(db, where="message_id = '00000001'") == (1, 1, 1, 0, 0)
        with store.connect(db) as connection:
            assert proven(connection)["operator"].to_list() == [None]

    def test_without_any_file(self, loaded: Path) -> None:
        with store.connect(loaded) as connection, pytest.raises(NoDataError, match="no proof of arrival was brought: sms-analytics proof FILE"):
            proven(connection)


class TestFiles:
    def test_every_row_is_counted_and_the_first_of_each_fault_is_named(self, db: Path) -> None:
        rows = [*by_id(1), ";;", "x;yesterday;click", "00000002;;click", f"00000003;{entered(3)};telepathy", f";{entered(4)};click"]
        file = written(db, "codes.csv", rows)
        report = proof(file, db=db, time_zone="Europe/Oslo")
        assert report == ProofReport(
            (
                ProofFile(
                    *(str(file), 6, 1, 1, 4),
                    (
                        f"{file}:3: no time, or one that cannot be read; say how it is written with [proof] time_format (rows: 2)",
                        f"{file}:5: a word for no kind of proof; say which one with [proof.kinds] or --kind (rows: 1)",
                        f"{file}:6: neither an id nor a recipient (rows: 1)",
                    ),
                ),
            ),
            (),
        )

    def test_the_same_content_is_not_brought_twice(self, db: Path) -> None:
        file = written(db, "codes.csv", by_id(1, 2))
        proof(file, db=db, time_zone="Europe/Oslo")
        (again,) = proof(file, db=db, time_zone="Europe/Oslo").files
        assert (again.known, again.accepted) == (True, 2)
        assert counts(db) == (20, 2, 2, 0, 0)

    def test_nothing_else_of_the_file_is_kept(self, db: Path) -> None:
        rows = ["message_id;time;kind;comment", f"00000001;{entered(1)};click;{kannel_log.SECRET}"]
        proof(written(db, "codes.csv", rows), db=db, time_zone="Europe/Oslo")
        assert kannel_log.SECRET not in kannel_log.all_text(db)

    def test_json_lines_and_times_with_an_offset(self, db: Path) -> None:
        rows = ['{"id": "00000001", "timestamp": "2026-03-18T08:05:00Z", "type": "otp_verified"}']
        proof(written(db, "events.jsonl", rows), db=db)
        assert counts(db) == (20, 1, 1, 0, 0)

    def test_a_workbook(self, db: Path) -> None:
        file = db.parent / "codes.xlsx"
        pl.DataFrame({"message_id": ["00000001"], "time": [f"{entered(1)}"], "kind": ["click"]}).write_excel(file)
        proof(file, db=db, time_zone="Europe/Oslo")
        assert counts(db) == (20, 1, 1, 0, 0)

    def test_the_configuration_names_columns_words_zone_and_window(self, db: Path) -> None:
        (db.parent / "sms_analytics.toml").write_text(
            '[proof]\ntime_zone = "Europe/Oslo"\nwindow = "1h"\nkind = "answer"\n[proof.columns]\nrecipient = "Hvem"\ntime = "Når"\n[proof.kinds]\n',
            "utf-8",
        )
        proof(written(db, "codes.csv", ["Hvem;Når", f"{recipient(1)};{entered(1)}"]), db=db)
        assert counts(db) == (20, 1, 1, 0, 0)

    @pytest.mark.parametrize(
        ("lines", "error"),
        [
            (["a;b", "1;2"], "no column for the time among the headers 'a', 'b'; name it in sms_analytics.toml"),
            (["time;b", "2026-03-18T08:05:00Z;2"], "no column for message_id or recipient"),
            (["id;time;kind", f"00000001;{entered(1)};click"], "its times have no zone; say which one with --time-zone"),
        ],
    )
    def test_files_that_cannot_be_read(self, db: Path, lines: list[str], error: str) -> None:
        report = proof(written(db, "x.csv", lines), db=db)
        assert report.files == ()
        assert error in report.faults[0]

    def test_a_kind_that_is_none(self, db: Path) -> None:
        with pytest.raises(UsageError, match="--kind 'x': accepted are code_entered, click, answer"):
            proof("x.csv", db=db, kind="x")  # type: ignore[arg-type]
        (db.parent / "sms_analytics.toml").write_text('[proof]\nkind = "x"\n', "utf-8")
        with pytest.raises(ConfigError, match=r"proof\.kind = 'x'"):
            proof("x.csv", db=db)


def test_who_is_forgotten_is_forgotten_here_too(db: Path) -> None:
    rows = ["recipient,time,kind", f"{recipient(1)},{entered(1)},click", f"{recipient(2)},{entered(2)},click"]
    proof(written(db, "clicks.csv", rows), db=db, time_zone="Europe/Oslo")
    forget(recipient(1), db=db)
    assert kannel_log.rows(db, "SELECT recipient FROM proofs") == [{"recipient": recipient(2)}]
    purge("2026-03-19", db=db)
    assert kannel_log.rows(db, "SELECT recipient FROM proofs") == []
