"""Today's configuration for stored events: the same as loading the files again, without the files."""

import re
import shutil
import tomllib
from pathlib import Path

import polars as pl
import pytest

from sms_analytics import config
from sms_analytics.commands import loader, remapping, rereading
from sms_analytics.commands.remapping import remap
from sms_analytics.database import store
from sms_analytics.errors import ConfigError, DatabaseError
from sms_analytics.events.normalising import Normaliser, Options
from sms_analytics.simulate.simulation import simulate
from tests import kannel_log as log
from tests.formats import golden
from tests.small_database import CONFIGURATION, loaded, received, sent

SAMPLE = Path(__file__).parents[2] / "data" / "sample"

#: The zones of the sample's feeds, and nothing that maps.
BARE = """
time_zone = "Europe/Oslo"
[feeds.telia1]
receipt_zone = "UTC"
[feeds.world1]
receipt_zone = "UTC"
"""
#: Something of everything that maps.
MAPPED = (
    (SAMPLE / "sms_analytics.toml").read_text("utf-8")
    + """
[feeds.telia1.codes]
1 = "handset_error"
[feeds.nordic1.statuses]
UNDELIV = "rejected"
[statuses.front]
4 = { status = "rejected", reason = "content_blocked" }
[codes.map]
27 = "memory_full"
[operator_aliases]
Telia = "Telia Norge"
[operators]
file = "numbers.csv"
"""
)


def settings(db: Path, text: str) -> Path:
    file = db.with_suffix(".toml")
    file.write_text(text, "utf-8")
    return file


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def contents(db: Path) -> dict[str, list[log.Row]]:
    queries = {
        "events": "FROM events ORDER BY load_id, record_no, event_no",
        "messages": "FROM messages ORDER BY message_key",
        "feeds": "FROM feeds ORDER BY feed",
        "loads": "SELECT * EXCLUDE (loaded_utc) FROM loads ORDER BY load_id",
    }
    return {name: log.rows(db, query) for name, query in queries.items()}


def as_rows(report: remapping.RemapReport) -> list[tuple[object, ...]]:
    return report.changes.rows()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs like those of the sample, loaded once with each configuration."""
    folder = tmp_path_factory.mktemp("remapping")
    simulate(2500, 2026, folder / "simulated")
    for name, text in (("bare", BARE), ("mapped", MAPPED)):
        db = folder / f"{name}.duckdb"
        if name == "mapped":
            numbers = log.rows(folder / "bare.duckdb", "SELECT DISTINCT recipient FROM events WHERE recipient LIKE '+47%' ORDER BY ALL LIMIT 100")
            write(folder / "numbers.csv", "number,mccmnc,valid_from", *(f"{row['recipient']},24202,2026-10-05" for row in numbers))
        report = loader.load(str(folder / "simulated" / "logs"), db=db, config=settings(db, text))
        assert report.faults == []
    return folder


@pytest.mark.parametrize(("before", "after"), [("bare", "mapped"), ("mapped", "bare"), ("mapped", "mapped")])
def test_remapping_is_what_loading_again_gives(before: str, after: str, folder: Path, tmp_path: Path) -> None:
    db = Path(shutil.copy(folder / f"{before}.duckdb", tmp_path / "sms.duckdb"))
    report = remap(db=db, config=folder / f"{after}.toml")
    expected = contents(folder / f"{after}.duckdb")
    found = contents(db)
    for table, rows in expected.items():
        assert found[table] == rows, table
    changed = {(column, feed) for column, feed, *_ in as_rows(report)}
    if before == after:
        assert as_rows(report) == []
    else:
        assert {
            ("outcome", "front"),
            ("status", "nordic1"),
            ("reason", "telia1"),
            ("operator_source", "telia1"),
            ("code_system", "world1"),
        } <= changed
    assert report.warnings == []
    assert report.events == len(found["events"])


@pytest.mark.parametrize("format", sorted({case.parent.name for case in golden.cases()}))
def test_reading_again_what_is_stored_of_a_fixture_changes_nothing(format: str) -> None:
    """Under the same configuration; and nothing had to be taken from its columns since the mask hid it."""
    for case in (case for case in golden.cases() if case.parent.name == format):
        own = case.with_suffix(".toml")
        toml = tomllib.loads(own.read_text("utf-8")) if own.is_file() else {}
        normaliser = Normaliser(config.parse({"time_zone": "Europe/Oslo"} | toml, own), Options(), format, 1, str(case), log.START)
        parsed = golden.format_of(case).parse(golden.records_of(case), golden.context_of(case))
        stored = normaliser.events(parsed.readings).with_row_index("row_no").with_columns(pl.col(pl.Enum).cast(pl.String))
        again = rereading.compared(stored.sort("record_no", "event_no"), normaliser, golden.format_of(case))
        assert again.height == stored.height
        for name in rereading.MAPPED:
            assert again[name].to_list() == again[f"{name}_new"].to_list(), (case, name)
        if format in ("front", "jasmin", "kannel", "smpp", "table"):
            assert again["is_read"].all(), case


@pytest.fixture
def db(tmp_path: Path) -> Path:
    db, _ = loaded(tmp_path)
    strange = received("2026-10-20 10:00:09", "AA1", "+4740000011", done="2610201000", stat="FUNNY", mask="0")
    failed = received("2026-10-20 10:00:09", "AA2", "+4740000012", done="2610201000", stat="UNDELIV", err="777", mask="2")
    lines = (sent("2026-10-20 10:00:05", "AA1", "+4740000011"), strange, strange, sent("2026-10-20 10:00:05", "AA2", "+4740000012"), failed)
    loader.load(str(write(tmp_path / "more.log", *lines)), db=db)
    return db


def test_a_word_mapped_today_reaches_yesterday(db: Path) -> None:
    assert log.loads(db)[-1]["unrecognised"] == 2
    write(db.parent / "sms_analytics.toml", CONFIGURATION, '[feeds.telenor1.statuses]\nfunny = "delivered"')
    report = remap(db=db)
    assert as_rows(report) == [
        ("outcome", "telenor1", "unrecognised", "delivered", 1),
        ("status", "telenor1", "unrecognised", "delivered", 1),
    ]
    assert log.loads(db)[-1]["unrecognised"] == 0
    # And back.
    write(db.parent / "sms_analytics.toml", CONFIGURATION)
    assert [row[2:] for row in as_rows(remap(db=db))] == [("delivered", "unrecognised", 1), ("delivered", "unrecognised", 1)]
    assert log.loads(db)[-1]["unrecognised"] == 2


def test_unrecognised_events_are_counted_in_every_load_that_holds_them(db: Path, tmp_path: Path) -> None:
    text = (tmp_path / "more.log").read_text("utf-8")
    loader.load(str(write(tmp_path / "copy.log", *text.splitlines(), sent("2026-10-20 10:00:30", "AA3", "+4740000013"))), db=db)
    assert [load["unrecognised"] for load in log.loads(db)][-2:] == [2, 2]
    write(db.parent / "sms_analytics.toml", CONFIGURATION, '[statuses.kannel]\nFUNNY = "undelivered"')
    remap(db=db)
    assert [load["unrecognised"] for load in log.loads(db)][-2:] == [0, 0]


def test_a_code_has_its_reason_by_feed_then_by_code_system(db: Path) -> None:
    query = "SELECT reason FROM messages WHERE message_id = 'AA2'"
    for text, reason in (
        ("", "unspecified"),
        ('[codes.map]\n777 = "memory_full"', "memory_full"),
        ('[codes.map]\n777 = "memory_full"\n[feeds.telenor1.codes]\n0x309 = "no_route"', "no_route"),
    ):
        write(db.parent / "sms_analytics.toml", CONFIGURATION, text)
        remap(db=db)
        assert log.rows(db, query) == [{"reason": reason}]


def test_horizons_and_id_rules_are_todays(db: Path) -> None:
    write(db.parent / "sms_analytics.toml", CONFIGURATION, 'validity = "30d"')
    assert as_rows(remap(db=db)) == [("outcome", "telenor1", "no_status", "awaiting_status", 1)]
    assert log.rows(db, "SELECT horizon_s FROM feeds WHERE feed = 'telenor1'") == [{"horizon_s": 31 * 86400}]
    keys = "SELECT message_key FROM messages WHERE message_id = 'AA1'"
    assert log.rows(db, keys) == [{"message_key": "telenor1/aa1"}]
    write(db.parent / "sms_analytics.toml", CONFIGURATION, 'id_rule = "hex_submissions"')
    remap(db=db)
    assert {"message_key": f"telenor1/{0xAA1}"} in log.rows(db, keys)
    write(db.parent / "sms_analytics.toml", CONFIGURATION)
    remap(db=db)
    assert log.rows(db, keys) == [{"message_key": "telenor1/aa1"}]


def test_another_zone_needs_the_files(db: Path) -> None:
    before = log.rows(db, "SELECT received_utc, event_utc FROM events ORDER BY ALL")
    write(db.parent / "sms_analytics.toml", CONFIGURATION, 'receipt_zone = "UTC"')
    report = remap(db=db)
    told = [warning for warning in report.warnings if "telenor1" in warning]
    assert told[0] == (
        f"{db.parent / 'logs' / 'access.log'}: its times of feed telenor1 were read in Europe/Oslo and would be in Europe/Oslo (receipts UTC) today; "
        "times stay as they are, load it again with --replace"
    )
    assert len(told) == 2
    assert log.rows(db, "SELECT received_utc, event_utc FROM events ORDER BY ALL") == before


def test_a_recipient_that_is_read_otherwise_is_counted_and_not_shown(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    log.load(db, write(tmp_path / "a.log", sent("2026-10-01 10:00:05", "A1", "70123456")))
    file = settings(db, 'home_country = "DK"\ntime_zone = "Europe/Oslo"')
    assert [row for row in as_rows(remap(db=db, config=file)) if row[0] in ("recipient", "country")] == [
        ("recipient", "telenor1", None, None, 1),
        ("country", "telenor1", "NO", "DK", 1),
    ]
    assert log.messages(db)[0]["recipient"] == "+4570123456"


def test_events_that_cannot_be_read_again_follow_the_configuration_all_the_same(db: Path) -> None:
    """As those of a format that is gone: only their columns speak."""
    with store.rebuild(db) as connection:
        connection.execute("UPDATE event_rows SET raw = 'masked' WHERE load_id = 4")
    write(
        db.parent / "sms_analytics.toml",
        CONFIGURATION.replace('"Telenor"', '"Ice"'),
        '[feeds.telenor1.statuses]\nFUNNY = "undelivered"\n[codes.map]\n777 = "no_route"',
    )
    report = remap(db=db)
    assert [warning.partition(":")[0] for warning in report.warnings] == ["4 events of the format kannel cannot be read again from what is stored"]
    assert log.rows(db, "SELECT status, reason, operator FROM events WHERE load_id = 4 ORDER BY record_no") == [
        {"status": "submitted", "reason": None, "operator": "Ice"},
        {"status": "undelivered", "reason": "unspecified", "operator": "Ice"},
        {"status": "submitted", "reason": None, "operator": "Ice"},
        {"status": "undelivered", "reason": "no_route", "operator": "Ice"},
    ]


def test_a_log_whose_mapped_words_are_read_again_is_counted_right(tmp_path: Path) -> None:
    """The last line has no end yet, so it is taken back and read anew when the log has grown."""
    db, path = tmp_path / "sms.duckdb", tmp_path / "a.log"
    strange, mapped = (received("2026-10-20 10:00:09", "AA1", "+4740000011", done="2610201000", stat=word, mask="0") for word in ("ODD", "FUNNY"))
    path.write_text(f"{strange}\n{mapped}", "utf-8")
    file = settings(db, 'time_zone = "Europe/Oslo"\n[statuses.kannel]\nFUNNY = "delivered"')
    loader.load(str(path), db=db, config=file)
    path.write_text(f"{strange}\n{mapped}\n{sent('2026-10-20 10:00:30', 'AA3', '+4740000013')}\n", "utf-8")
    loader.load(str(path), db=db, config=file)
    assert [(load["records"], load["unrecognised"]) for load in log.loads(db)] == [(1, 1), (2, 0)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[statuses.kanel]\nX = 'delivered'", "sms_analytics.toml: statuses.kanel: no such format; accepted are: "),
        ("[codes.mpa]\n1 = 'no_route'", "sms_analytics.toml: codes.mpa: no such code system; accepted are the code_system of a feed here and: "),
    ],
)
def test_a_map_for_something_that_does_not_exist(text: str, told: str, db: Path) -> None:
    write(db.parent / "sms_analytics.toml", CONFIGURATION, text)
    before = db.read_bytes()
    with pytest.raises(ConfigError) as caught:
        remap(db=db)
    assert str(caught.value).startswith(told)
    with pytest.raises(ConfigError):
        loader.load(str(db.parent / "logs"), db=db)
    assert db.read_bytes() == before


def test_a_code_system_of_ones_own(db: Path) -> None:
    own = CONFIGURATION.replace('"map"', '"our_operator"') + '[codes.our_operator]\n777 = "content_blocked"\n'
    write(db.parent / "sms_analytics.toml", own)
    remap(db=db)
    assert log.rows(db, "SELECT reason, code_system FROM messages WHERE message_id = 'AA2'") == [
        {"reason": "content_blocked", "code_system": "our_operator"}
    ]


def test_a_missing_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no such database"):
        remap(db=tmp_path / "none.duckdb")
    assert list(tmp_path.iterdir()) == []


def test_maps_say_what_the_format_said_wrongly(tmp_path: Path) -> None:
    """A known word may mean something else at one feed."""
    db = tmp_path / "sms.duckdb"
    path = write(tmp_path / "a.log", received("2026-10-20 10:00:09", "AA1", "+4740000011", done="2610201000", stat="EXPIRED", err="001", mask="2"))
    file = settings(db, 'time_zone = "Europe/Oslo"\n[feeds.telenor1.statuses]\nexpired = "no_report"')
    loader.load(str(path), db=db, config=file)
    assert log.rows(db, "SELECT status, status_raw, reason FROM events") == [{"status": "no_report", "status_raw": "EXPIRED", "reason": "no_report"}]


def test_a_word_added_to_a_format_of_ones_own_reaches_what_was_loaded(tmp_path: Path) -> None:
    blocks = re.findall(r"```\w+\n(.*?)```", (SAMPLE.parents[1] / "docs" / "user-formats.md").read_text("utf-8"), re.DOTALL)
    path, whole = write(tmp_path / "a.log", blocks[0].rstrip()), blocks[1]
    less = "\n".join(line for line in whole.splitlines() if '"delivered"' not in line)
    assert less != whole.rstrip()
    db, expected = tmp_path / "sms.duckdb", tmp_path / "expected.duckdb"
    loader.load(str(path), db=db, format="smsnord", config=settings(db, less))
    loader.load(str(path), db=expected, format="smsnord", config=settings(expected, whole))
    assert log.loads(db)[0]["unrecognised"] == 1
    report = remap(db=db, config=settings(db, whole))
    assert ("outcome", "unrecognised", "delivered", 1) in report.changes.select("changed", "before", "after", "count").rows()
    assert contents(db) == contents(expected)
