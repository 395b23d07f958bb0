"""Files into the database: in pieces as at once, again and again, replaced, refused, damaged."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sms_analytics import formats
from sms_analytics.commands import loader
from sms_analytics.errors import UsageError
from tests import kannel_log as log
from tests import ruins
from tests.formats import vendor_lines
from tests.reading.test_sources import packed_zstd

#: A text over several lines, as Kannel writes it.
LONG = f"{log.SECRET}\næøå\n\nslutt"


def whole_log() -> list[str]:
    """A log with everything that makes pieces hard: texts over several lines, lines of the gateway's own, one that nobody can read."""
    lines = log.lines(30)
    late = log.START.replace(hour=12)
    return [
        "2026-03-18 08:59:59 Log begins",
        *lines[:20],
        log.sent(501, late, LONG),
        *lines[20:],
        "2026-03-18 09:20:00 nobody knows this line",
        "",
        log.sent(502, late, LONG),
        log.receipt(502, late),
        log.receipt(501, late),
        "2026-03-18 23:59:59 Log ends",
    ]


LINES = whole_log()
CONTENT = log.content(LINES)


def events(db: Path, columns: str = "record_no, event_no, raw") -> list[log.Row]:
    return log.rows(db, f"SELECT {columns} FROM events ORDER BY ALL")


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("at_once")
    path = folder / "access.log"
    path.write_bytes(CONTENT)
    report = log.load(folder / "sms.duckdb", path)
    assert (report.faults, report.warnings) == ([], [])
    return folder / "sms.duckdb"


def test_what_the_whole_log_holds(at_once: Path) -> None:
    (load,) = log.loads(at_once)
    assert (load["records"], load["accepted"], load["skipped"], load["rejected"]) == (len(LINES), len(LINES) - 4, 3, 1)
    assert (load["events"], load["duplicates"], load["format"], load["feed"], load["time_zone"]) == (
        len(LINES) - 4,
        0,
        "kannel",
        "telia1",
        "Europe/Oslo",
    )
    assert load["bytes"] == len(CONTENT)
    assert load["path"].endswith("access.log")
    assert len(log.messages(at_once)) == 32
    assert {message["outcome"] for message in log.messages(at_once)} == {"delivered", "failed", "awaiting_status"}


# In pieces as at once


def halves(folder: Path) -> list[list[Path]]:
    return [[log.written(folder / "1.log", LINES[:31])], [log.written(folder / "2.log", LINES[31:])]]


def reversed_halves(folder: Path) -> list[list[Path]]:
    return halves(folder)[::-1]


def halves_in_one_command(folder: Path) -> list[list[Path]]:
    return [[path for paths in halves(folder) for path in paths]]


def a_folder(folder: Path) -> list[list[Path]]:
    halves(folder)
    return [[folder]]


def a_pattern(folder: Path) -> list[list[Path]]:
    halves(folder)
    return [[folder / "*.log"]]


def single_lines_shuffled(folder: Path) -> list[list[Path]]:
    lines = list(enumerate(LINES))
    Random(3).shuffle(lines)
    for number, line in lines[:12]:
        log.written(folder / f"{number}.log", [line])
    log.written(folder / "rest.log", [line for _, line in sorted(lines[12:])])
    return [[folder]]


@pytest.mark.parametrize("pieces", [halves, reversed_halves, halves_in_one_command, a_folder, a_pattern, single_lines_shuffled])
def test_several_files_in_any_order_give_what_one_gives(pieces: Callable[[Path], list[list[Path]]], at_once: Path, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    db = tmp_path / "sms.duckdb"
    # A single line cannot show what a load says of its format; the lines without one of Kannel's words are read as told.
    for paths in pieces(tmp_path / "logs"):
        assert log.load(db, *paths, format="kannel").faults == []
    assert log.messages(db) == log.messages(at_once)
    assert events(db, "raw, received_utc, event_utc, status, copies") == events(at_once, "raw, received_utc, event_utc, status, copies")
    assert sum(load["records"] for load in log.loads(db)) == len(LINES)


def test_a_rotated_set_that_overlaps_counts_each_line_once(at_once: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    for name, lines in (("access.log.2", LINES[:25]), ("access.log.1", LINES[15:45]), ("access.log", LINES[40:])):
        assert log.load(db, log.written(tmp_path / name, lines)).faults == []
    assert log.messages(db) == log.messages(at_once)
    first, second, third = log.loads(db)
    assert (first["duplicates"], second["duplicates"], third["duplicates"]) == (0, 10, 5)
    assert log.rows(db, "SELECT load_id, of_load_id, count(*) AS count FROM sightings GROUP BY ALL ORDER BY ALL") == [
        {"load_id": 1, "of_load_id": 1, "count": 10},
        {"load_id": 2, "of_load_id": 1, "count": 10},
        {"load_id": 2, "of_load_id": 2, "count": 5},
        {"load_id": 3, "of_load_id": 2, "count": 5},
    ]
    places = (
        "SELECT s.record_no + 15 = e.record_no AS same FROM sightings AS s JOIN events AS e ON e.load_id = of_load_id AND e.record_no = of_record_no"
    )
    assert {row["same"] for row in log.rows(db, f"{places} WHERE s.load_id = 2 AND of_load_id = 1")} == {True}
    assert {row["copies"] for row in log.rows(db, "SELECT copies FROM events")} == {1}


def encoded(encoding: str) -> Callable[[bytes], bytes]:
    return lambda content: content.decode().encode(encoding)


def two_members(content: bytes) -> bytes:
    return gzip.compress(content[:1000]) + gzip.compress(content[1000:])


@pytest.mark.parametrize(
    "written",
    [
        gzip.compress,
        two_members,
        packed_zstd,
        encoded("utf-8-sig"),
        encoded("utf-16"),
        encoded("utf-16-be"),
        encoded("latin-1"),
        lambda content: gzip.compress(content.decode().encode("utf-16")),
        lambda content: content.removesuffix(b"\n"),
    ],
    ids=["gzip", "gzip of two members", "zstd", "BOM", "UTF-16", "UTF-16 without BOM", "Latin-1", "gzip of UTF-16", "no last line end"],
)
def test_every_way_of_writing_the_same_log_gives_the_same(written: Callable[[bytes], bytes], at_once: Path, tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    path.write_bytes(written(CONTENT))
    report = log.load(db, path)
    assert (report.faults, report.warnings) == ([], [])
    assert log.messages(db) == log.messages(at_once)
    assert log.counts(db) == log.counts(at_once)
    assert events(db, "record_no, event_no, status, received_utc") == events(at_once, "record_no, event_no, status, received_utc")


def test_line_ends_of_windows_give_the_same(tmp_path: Path) -> None:
    lines = [line for line in LINES if "\n" not in line]
    dbs = []
    for name, end in (("unix", "\n"), ("windows", "\r\n")):
        path = tmp_path / f"{name}.log"
        path.write_bytes(log.content(lines, end))
        dbs.append(tmp_path / f"{name}.duckdb")
        assert log.load(dbs[-1], path).faults == []
    assert log.messages(dbs[0]) == log.messages(dbs[1])
    assert events(dbs[0]) == events(dbs[1])
    assert log.counts(dbs[0]) == log.counts(dbs[1])


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_gives_the_same(packed: bool, at_once: Path, tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    program = "import sys; from sms_analytics.commands import loader; print(loader.load('-', db=sys.argv[1], time_zone='Europe/Oslo').faults)"
    content = gzip.compress(CONTENT) if packed else CONTENT
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", program, db], input=content, capture_output=True, check=True)
        assert (done.stdout, done.stderr) == (b"[]\n", b"")
    assert log.messages(db) == log.messages(at_once)
    assert [load["path"] for load in log.loads(db)] == ["-"]


# A log that grows

_LONG_TEXT = CONTENT.index(b"\n\nslutt")
_TIME = CONTENT.index(b"2026-03-18 09:02:27 Receive")


_CUTS = (
    (3000, 7001),
    (1, len(CONTENT) - 1),
    (_TIME, _TIME + 5, _TIME + 11),
    (_TIME + 30, _TIME + 31, _TIME + 90),
    (_LONG_TEXT - 3, _LONG_TEXT + 1, _LONG_TEXT + 2, _LONG_TEXT + 9),
    (len(log.content(LINES[:10])), len(log.content(LINES[:-1]))),
    (len(log.content(LINES[:21])) - 4, len(log.content(LINES[:36])) + 7),
)


# A mark at the beginning of a file moves every place in it, whatever they are.
@pytest.mark.parametrize(("mark", "cuts"), [*((b"", cuts) for cuts in _CUTS), *((b"\xef\xbb\xbf", cuts) for cuts in _CUTS[:2])])
def test_a_log_that_has_grown_is_read_on_wherever_it_had_ended(cuts: tuple[int, ...], mark: bytes, at_once: Path, tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    for end in (*cuts, len(CONTENT)):
        path.write_bytes(mark + CONTENT[:end])
        report = log.load(db, path, format="kannel")
        assert (report.faults, report.warnings) == ([], [])
        log.loads(db)
    assert log.messages(db) == log.messages(at_once)
    assert events(db) == events(at_once)
    found = log.loads(db)
    whole = log.loads(at_once)[0]
    assert len(found) == len(cuts) + 1
    for count in ("records", "accepted", "skipped", "rejected", "events", "duplicates", "unrecognised"):
        assert sum(load[count] for load in found) == whole[count], count
    assert log.rows(db, "SELECT record_no, raw FROM rejects") == log.rows(at_once, "SELECT record_no, raw FROM rejects")


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", LINES[:30]), tmp_path / "sms.duckdb"
    log.load(db, path)
    log.written(path, LINES)
    read: list[int] = []
    log.load(db, path, progress=log.Reading(lambda _, count: read.append(count)))
    assert sum(read) == len(CONTENT) - len(log.content(LINES[:30]))
    assert [load["duplicates"] for load in log.loads(db)] == [0, 0]


def test_a_log_in_utf_16_grows_too(at_once: Path, tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    content = CONTENT.decode().encode("utf-16")
    for end in (7001, len(content)):
        path.write_bytes(content[:end])
        assert log.load(db, path).faults == []
    assert log.messages(db) == log.messages(at_once)
    assert log.loads(db)[1]["duplicates"] > 10


def test_another_log_under_the_same_name_is_read_from_its_beginning(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", log.lines(20)), tmp_path / "sms.duckdb"
    log.load(db, path)
    log.written(path, log.lines(40, first=100))
    assert log.load(db, path).loads[0].records == len(log.lines(40, first=100))
    assert len(log.messages(db)) == 60


def test_a_cut_line_that_repeats_an_earlier_one_is_counted_once_when_the_log_has_grown(tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    lines = log.lines(5)
    again = [*lines, "2026-03-18 10:00:00 Log ends", lines[-1]]
    path.write_bytes(log.content(again)[:-1])
    log.load(db, path)
    assert log.counts(db) == [(len(again), len(again) - 1, 1, 0)]
    log.written(path, [*again, log.sent(77, log.START)])
    log.load(db, path)
    assert log.counts(db) == [(len(again) - 1, len(again) - 2, 1, 0), (2, 2, 0, 0)]
    assert [load["duplicates"] for load in log.loads(db)] == [0, 1]
    assert log.rows(db, "SELECT count(*) AS count, max(copies) AS copies FROM events") == [{"count": len(lines) + 1, "copies": 2}]


def test_a_message_that_only_a_cut_line_spoke_of_is_gone_when_the_line_is_whole(tmp_path: Path) -> None:
    path, db = tmp_path / "smpp.log", tmp_path / "sms.duckdb"
    line = "2026-03-18 09:14:05 from=4740000001 to=Klinikken stat:DELIVRD err:000 done date:2603180914 id:5C01A9"
    path.write_text(line[:-2])
    log.load(db, path, format="smpp")
    assert [message["message_id"] for message in log.messages(db)] == ["5C01"]
    path.write_text(line + "\n")
    log.load(db, path, format="smpp")
    assert [message["message_id"] for message in log.messages(db)] == ["5C01A9"]


# The same content again


def as_it_is(db: Path) -> tuple[int, int]:
    return db.stat().st_ino, db.stat().st_mtime_ns


def test_the_same_content_again_does_nothing_whatever_it_is_called(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", LINES), tmp_path / "sms.duckdb"
    copy = log.written(tmp_path / "copy.log", LINES)
    report = log.load(db, path, copy)
    assert (len(report.loads), report.known) == (1, [str(copy)])
    before = as_it_is(db)
    report = log.load(db, path, copy)
    assert (report.loads, report.known, report.faults) == ([], [str(path), str(copy)], [])
    assert as_it_is(db) == before


def test_the_same_content_with_other_options_needs_replace(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", LINES), tmp_path / "sms.duckdb"
    log.load(db, path)
    before = as_it_is(db)
    report = log.load(db, path, time_zone="UTC")
    assert report.faults == [f"{path}: its content is there already as load 1, loaded with other options; give --replace to load it again with these"]
    assert as_it_is(db) == before
    log.load(db, path, time_zone="UTC", replace=True)
    assert [(load["load_id"], load["time_zone"]) for load in log.loads(db)] == [(2, "UTC")]
    assert log.rows(db, "SELECT min(received_utc)::VARCHAR AS first FROM events") == [{"first": "2026-03-18 09:00:07"}]
    assert len(log.messages(db)) == 32


def test_replacing_leaves_nothing_of_a_feed_that_is_no_more(tmp_path: Path) -> None:
    path, db = tmp_path / "smpp.log", tmp_path / "sms.duckdb"
    path.write_text("2026-03-18 09:14:05 from=4740000001 to=Klinikken id:5C01A9 stat:DELIVRD err:000 done date:2603180914\n")
    other = log.written(tmp_path / "access.log", LINES)
    log.load(db, path, other, feed="first")
    log.load(db, path, feed="second", replace=True)
    assert [row["feed"] for row in log.rows(db, "SELECT feed FROM feeds ORDER BY feed")] == ["second", "telia1"]
    assert {message["feed"] for message in log.messages(db)} == {"second", "telia1"}
    assert len(log.messages(db)) == 33


def test_replacing_one_of_two_logs_of_a_feed_settles_what_the_other_holds(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    sent = log.written(tmp_path / "sent.log", [log.sent(1, log.START)])
    answered = log.written(tmp_path / "answered.log", [log.receipt(1, log.START)])
    log.load(db, sent, answered)
    # Under another feed and for another recipient the receipt is none of that submission.
    lines = [log.receipt(1, log.START).replace("telia1", "telia2").replace(log.recipient(1), log.recipient(2))]
    log.load(db, sent, answered, replace=True)
    assert [message["outcome"] for message in log.messages(db)] == ["delivered"]
    log.written(answered, lines)
    log.load(db, answered)
    assert [(message["feed"], message["outcome"]) for message in log.messages(db)] == [("telia1", "delivered"), ("telia2", "delivered")]


def test_replacing_with_options_that_cannot_be_used_loses_nothing(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", LINES), tmp_path / "sms.duckdb"
    log.load(db, path)
    before = as_it_is(db)
    report = log.load(db, path, time_zone=None, replace=True)
    assert len(report.faults) == 1
    assert "say which with --time-zone Europe/Oslo" in report.faults[0]
    assert as_it_is(db) == before
    other = log.written(tmp_path / "other.log", log.lines(3, first=600))
    report = log.load(db, path, other, time_zone=None, replace=True, config=zones_of(tmp_path, "telia9"))
    assert len(report.faults) == 2
    assert len(log.messages(db)) == 32


def zones_of(folder: Path, feed: str) -> Path:
    (folder / "other.toml").write_text(f"[feeds.{feed}]\ntime_zone = 'UTC'")
    return folder / "other.toml"


def test_replacing_a_log_that_was_read_in_pieces_replaces_all_of_them(at_once: Path, tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    for end in (3000, 7000, len(CONTENT)):
        path.write_bytes(CONTENT[:end])
        log.load(db, path, time_zone="UTC")
    assert len(log.loads(db)) == 3
    path.write_bytes(CONTENT)
    log.load(db, path, replace=True)
    assert log.counts(db) == log.counts(at_once)
    assert log.messages(db) == log.messages(at_once)


def test_a_log_that_has_grown_is_not_read_on_with_other_options(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", LINES[:30]), tmp_path / "sms.duckdb"
    log.load(db, path)
    log.written(path, LINES)
    report = log.load(db, path, time_zone="UTC")
    assert report.faults == [
        f"{path}: its beginning is there already as load 1, loaded with other options; give --replace to load it again with these"
    ]
    assert len(log.load(db, path, time_zone="UTC", replace=True).loads) == 1
    assert [(load["load_id"], load["records"]) for load in log.loads(db)] == [(2, len(LINES))]


def test_replacing_in_one_command_reads_equal_files_once(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", LINES), tmp_path / "sms.duckdb"
    copy = log.written(tmp_path / "copy.log", LINES)
    for _ in range(2):
        report = log.load(db, path, copy, replace=True)
        assert (len(report.loads), report.known) == (1, [str(copy)])
    assert len(log.loads(db)) == 1


# What cannot be read


def test_a_file_that_no_format_fits_has_a_row_and_the_others_are_loaded(tmp_path: Path) -> None:
    unknown, good = tmp_path / "a.txt", log.written(tmp_path / "b.log", LINES)
    db = tmp_path / "sms.duckdb"
    unknown.write_text(f"{log.SECRET}\n+4740000001\n\n")
    for _ in range(2):
        report = log.load(db, unknown, good)
        assert len(report.faults) == 1
        assert re.match(rf"^{unknown}: no format fits its content \(asked: .*--format", report.faults[0])
        assert [(load["path"], load["state"], load["records"], load["rejected"]) for load in log.loads(db) if load["state"] == "refused"] == [
            (str(unknown), "refused", 3, 3)
        ]
    assert len(log.rows(db, "FROM load_options")) == 2
    assert log.SECRET not in log.all_text(db)
    log.load(db, unknown, format="kannel")
    assert [(load["path"], load["state"], load["rejected"]) for load in log.loads(db)] == [
        (str(good), "loaded", 1),
        (str(unknown), "loaded", 2),
    ]
    assert log.SECRET not in log.all_text(db)


def test_what_cannot_be_opened_is_told_and_the_rest_is_loaded(tmp_path: Path) -> None:
    good, db = log.written(tmp_path / "b.log", LINES), tmp_path / "sms.duckdb"
    report = log.load(db, tmp_path / "missing.log", tmp_path / "*.none", good)
    assert [fault.removeprefix(str(tmp_path)).split(";")[0] for fault in report.faults] == [
        "/missing.log: no such file or folder",
        "/*.none: no files there",
    ]
    assert len(log.loads(db)) == 1


def test_a_disk_that_fails_while_a_log_is_read_costs_that_log_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = log.written(tmp_path / "a.log", log.lines(3, first=900)), log.written(tmp_path / "b.log", LINES)
    db = tmp_path / "sms.duckdb"
    opened = Path.open

    def fail(path: Path, *mode: Any, **more: Any) -> Any:
        if path.name == "a.log":
            raise PermissionError(13, "Permission denied")
        return opened(path, *mode, **more)

    monkeypatch.setattr(Path, "open", fail)
    report = log.load(db, bad, good)
    assert report.faults == [f"{bad}: cannot be read: Permission denied"]
    assert len(log.loads(db)) == 1


def test_nothing_that_could_be_loaded_makes_no_database(tmp_path: Path) -> None:
    db = tmp_path / "sms.duckdb"
    report = log.load(db, tmp_path / "missing.log")
    assert len(report.faults) == 1
    assert not db.exists()


def test_an_empty_file_is_no_fault(tmp_path: Path) -> None:
    empty, packed = tmp_path / "empty.log", tmp_path / "empty.log.gz"
    empty.write_bytes(b"")
    packed.write_bytes(gzip.compress(b""))
    report = log.load(tmp_path / "sms.duckdb", tmp_path)
    assert (report.loads, report.faults) == ([], [])
    assert report.warnings == [f"{empty}: tom, ingenting å laste inn", f"{packed}: tom, ingenting å laste inn"]


def test_an_empty_file_under_a_given_format_grows_into_a_log(at_once: Path, tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    for content in (b"", CONTENT):
        path.write_bytes(content)
        assert log.load(db, path, format="kannel").faults == []
    assert log.messages(db) == log.messages(at_once)


def test_a_zone_that_nobody_gave_is_asked_for_and_nothing_of_the_file_stays(tmp_path: Path) -> None:
    path, db = log.written(tmp_path / "access.log", LINES), tmp_path / "sms.duckdb"
    other = log.written(tmp_path / "z.log", ["2026-03-18T09:14:05+01:00 id:5C01A9 stat:DELIVRD err:000"])
    report = log.load(db, path, other, time_zone=None)
    assert len(report.faults) == 1
    assert report.faults[0].startswith(
        f"{path}: the log's times have no zone (feed telia1); say which with --time-zone Europe/Oslo, or with time_zone in "
    )
    assert log.counts(db) == [(1, 1, 0, 0)]
    assert log.rows(db, "FROM rejects") == []


@pytest.mark.parametrize(("option", "value"), [("format", "kannell"), ("time_zone", "Oslo"), ("receipt_zone", "Oslo")])
def test_an_option_that_cannot_be_used_is_told_before_anything_is_done(option: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"--{option.replace('_', '-')}"):
        log.load(tmp_path / "sms.duckdb", log.written(tmp_path / "access.log", LINES), **{option: value})
    assert [path.name for path in tmp_path.iterdir()] == ["access.log"]


def test_the_database_is_no_log_where_it_lies_among_them(tmp_path: Path) -> None:
    log.written(tmp_path / "access.log", LINES)
    db = tmp_path / "sms.duckdb"
    for _ in range(2):
        report = log.load(db, tmp_path)
        assert report.faults == []
    assert len(log.loads(db)) == 1


# Damage


@pytest.fixture(scope="module")
def all_ruins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ruins.made(tmp_path_factory.mktemp("ruins"), seed=20261122, logs=12, noise=4)


#: Formats that read lines in ways of their own, and one of those that are described; `make faults` takes all.
READERS = ("front", "kannel", "smpp", "table", "twilio")


@pytest.mark.parametrize("format", [None, *READERS])
def test_ruins_are_counted_whatever_they_are_taken_for(format: str | None, all_ruins: Path, tmp_path: Path) -> None:
    ruins.check(all_ruins, tmp_path / "sms.duckdb", format)


LINES_OF: dict[str, tuple[str, ...]] = {
    "kannel": (
        log.sent(1, log.START, f"{log.SECRET} {log.SECRET}"),
        log.receipt(1, log.START).replace("text:", f"text:{log.SECRET}"),
        log.sent(2, log.START, log.SECRET).replace("Sent SMS", "Receive SMS"),
        log.sent(3, log.START, log.SECRET).replace("[msg:", "[X:1] [msg:"),
        log.sent(4, log.START, log.SECRET.encode("utf-16-be").hex().upper()),
        log.sent(5, log.START, f"[A] {log.SECRET} [B] {log.SECRET}"),
    ),
    "jasmin": (
        f"2026-03-18 09:14:02 INFO     1 SMS-MT [uid:kunde7] [cid:telia] [queue-msgid:2f0d7c1e] [smpp-msgid:5C01A9] [status:ESME_ROK] [prio:0] [dlr:3] "
        f"[validity:none] [from:Klinikken] [to:+4740000001] [content:'{log.SECRET}']",
        f"2026-03-18 09:14:02 INFO     1 SMS-MT [cid:telia] [queue-msgid:2f0d7c1e] [smpp-msgid:5C01A9] [status:ESME_ROK] [prio:LEVEL_0] [dlr:YES] "
        f"[validity:none] [from:Klinikken] [to:+4740000001] [content:{log.SECRET}\n{log.SECRET}]",
        f"2026-03-18 09:14:05 INFO     1 DLR [cid:telia] [smpp-msgid:5C01A9] [status:DELIVRD] [submit date:2603180914] [done date:2603180914] "
        f"[sub/dlvrd messages:001/001] [err:000] [content:'{log.SECRET}']",
        f"2026-03-18 09:14:05 INFO     1 SMS-MO [cid:telia] [queue-msgid:2f0d7c1e] [status:ESME_ROK] [prio:0] [validity:none] [from:+4740000001] "
        f"[to:2270] [content:b'{log.SECRET}']",
    ),
    "front": (
        f'203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /status?origid=81234567&status=4&txt={log.SECRET}%20{log.SECRET} HTTP/1.1" 200 4',
        f'{{"received": "2026-03-18T09:14:12", "origid": 81234567, "status": 4, "phoneno": "4740000001", "text": "{log.SECRET}"}}',
        f"2026-03-18 09:14:12 ErrorCode=0, ID=81234567, phoneno=4740000001, txt={log.SECRET} og {log.SECRET}",
    ),
    "smpp": (
        f"2026-03-18 09:14:05 from=4740000001 to=Klinikken id:5C01A9 sub:001 dlvrd:001 submit date:2603180914 done date:2603180914 stat:DELIVRD err:000 text:{log.SECRET}",
        f'{{"time": "2026-03-18 09:14:05", "short_message": "id:5C01A9 stat:DELIVRD err:000 text:{log.SECRET}", "source_addr": "4740000001"}}',
        f"2026-03-18 09:14:05 stat:UNDELIV id:5C01A9 err:011 Text:{log.SECRET} {log.SECRET}",
    ),
    "vonage": (
        f"msisdn=4740000001&to=Klinikken&messageId=0C01&status=delivered&err-code=0&message-timestamp=2026-03-18+08%3A14%3A06&text={log.SECRET}+{log.SECRET}",
        f'{{"messageId": "0C02", "status": "failed", "err-code": "2", "msisdn": "4740000002", "text": "{log.SECRET}"}}',
    ),
    "infobip": (
        f'{{"results": [{{"messageId": "ib1", "to": "4740000001", "sentAt": "2026-03-18T08:14:01.000+0000", "text": "{log.SECRET} {log.SECRET}", '
        f'"status": {{"groupName": "DELIVERED"}}}}]}}',
        f'{{"messageId": "ib2", "to": "4740000002", "content": {{"text": "{log.SECRET}"}}, "status": {{"groupName": "DELIVERED"}}}}',
    ),
    "aws": (
        f'{{"eventType": "TEXT_DELIVERED", "messageId": "862a8790", "messageStatus": "DELIVERED", "context": {{"note": "{log.SECRET} er en hel setning"}}}}',
        f'{{"time": "2026-03-18T09:14:12Z", "detail": {{"eventType": "TEXT_DELIVERED", "messageId": "862a8791", "messageBody": "{log.SECRET}"}}}}',
    ),
    "azure": (
        f'[{{"data": {{"messageId": "Outgoing_1", "deliveryStatus": "Delivered", "to": "+4740000001", "deliveryStatusDetails": "No error.", "message": "{log.SECRET}"}}}}]',
    ),
    "parsed_receipt": (
        f'{{"id": "6C01", "stat": "DELIVRD", "err": "000", "done_date": "2603180914", "source_addr": "4740000001", "text": "{log.SECRET}"}}',
    ),
    "messagebird": (
        f"id=efa6405d&reference=r&recipient=4740000001&status=delivered&statusDatetime=2026-03-18T08:14:06%2B00:00&body={log.SECRET}+{log.SECRET}",
        f'{{"event": "sms.outbound", "payload": {{"id": "8f1d", "channelId": "c", "status": "delivered", "body": {{"text": {{"text": "{log.SECRET}"}}}}}}}}',
    ),
    "twilio": (
        f"2026-03-18T09:14:12+01:00 MessageSid=SM01&MessageStatus=delivered&To=%2B4740000001&Body={log.SECRET}+{log.SECRET}",
        f'203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /cb?MessageSid=SM02&MessageStatus=sent&Body={log.SECRET}%20{log.SECRET} HTTP/1.1" 200 4',
        f'{{"MessageSid": "SM03", "MessageStatus": "delivered", "Body": "{log.SECRET}"}}',
        f'{{"time": "2026-03-18T09:14:12Z", "body": "MessageSid=SM04&MessageStatus=sent&Body={log.SECRET}"}}',
    ),
    "gatewayapi": (
        f'{{"id": 1000001, "msisdn": 4740000001, "time": 1773821647, "status": "DELIVERED", "text": "{log.SECRET} {log.SECRET}"}}',
        f'{{"id": 1000002, "sender": "Klinikken", "recipients": [{{"msisdn": 4740000002, "dsnstatus": "DELIVERED", "senttime": 1773821647}}], '
        f'"payload": "{log.SECRET}"}}',
    ),
    "pswincom": (
        f"<MSGLST><MSG><REF>R1</REF><RCV>4740000001</RCV><STATE>DELIVRD</STATE><TEXT>{log.SECRET}</TEXT></MSG></MSGLST>",
        f"REF=R2&RCV=4740000002&STATE=NULL&TXT={log.SECRET}+{log.SECRET}",
    ),
    "jasmin_callback": (
        f"2026-03-18 09:14:12 id=16fd2706&message_status=DELIVRD&err=000&text={log.SECRET}+{log.SECRET}",
        f'{{"time": "2026-03-18T09:14:12Z", "id": "16fd2707", "message_status": "UNDELIV", "text": "{log.SECRET}"}}',
    ),
    "kannel_callback": (
        f"2026-03-18 09:14:12 myid=1&type=1&answer=id%3A5C+stat%3ADELIVRD+err%3A000+text%3A{log.SECRET}",
        f'203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /dlr?myid=2&type=2&ts=1773821647&text={log.SECRET} HTTP/1.1" 200 2',
    ),
    "kannel_sqlbox": (
        f"INSERT INTO sent_sms VALUES (1,'MT','Klinikken','+4740000001',NULL,'{log.SECRET} it\\'s {log.SECRET}',1773821640,'telia1','kunde7','','',2,"
        "NULL,NULL,NULL,NULL,NULL,NULL,31,'http://10.0.0.2/?myid=1&type=%d',NULL,NULL,NULL,NULL,'b','','');",
        f"INSERT INTO sent_sms VALUES (2,'DLR','Klinikken','+4740000001',NULL,'id%3A5C+stat%3ADELIVRD+err%3A000+text%3A{log.SECRET}',1773821647,'telia1',"
        "'kunde7','','',3,NULL,NULL,NULL,NULL,NULL,NULL,1,'http://10.0.0.2/?myid=1&type=%d',NULL,NULL,NULL,NULL,'b','','');",
    ),
    "link": (
        f"id=Q7xkBpt3&resultCode=1006&text={log.SECRET}+{log.SECRET}",
        f'{{"id": "Q7xkBpt1", "resultCode": 1001, "operator": "no.telenor", "userData": "{log.SECRET}"}}',
        f'{{"messageId": "Q7xkBpt2", "resultCode": 1005, "request": {{"userData": "{log.SECRET} {log.SECRET}"}}}}',
    ),
    "link_dk": (
        f'203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /dlr?msgid=1&status=received&statuscode=0&text={log.SECRET} HTTP/1.1" 200 2',
        f"msgid=2&status=rejected&statuscode=107&message={log.SECRET}+{log.SECRET}",
    ),
    "ucp": (
        "2026-03-18 09:14:01 recv 07/00043/R/51/A//4740000001:180326091400/2C",
        f"2026-03-18 09:14:02 text='{log.SECRET} {log.SECRET}' recv 07/00299/O/53/02079/4740000001/////////////180326091400/0/000/180326091502/3//"
        f"{log.SECRET.encode().hex().upper()}/////////////50 msg={log.SECRET}",
    ),
    "puzzel": (
        f'203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /dr?messageid=6z02&type=6&statuscode=351&content={log.SECRET}+{log.SECRET} HTTP/1.1" 200 4',
        f'{{"dr": [{{"messageid": "6z01", "type": 6, "statuscode": 0, "note": "{log.SECRET} og {log.SECRET} og"}}]}}',
        f"<dr><message><messageid>6z03</messageid><type>6</type><statuscode>0</statuscode><content>{log.SECRET}</content></message></dr>",
    ),
    "strex": (
        f'2026-03-18T09:14:12+01:00 {{"transactionId": "t1", "statusCode": "Ok", "detailedStatusCode": "Delivered", "content": "{log.SECRET}"}}',
        f'2026-03-18T09:14:12+01:00 {{"transactionId": "t2", "statusCode": "Sent", "created": "2026-03-182026-03-18T09:14:12+01:008:14:01Z", "content": "{log.SECRET} og {log.SECRET}"}}',
        f'2026-03-18T09:14:12+01:00 {{"transactionId": "t3", "statusCode": "Failed", "properties": {{"memo": "{log.SECRET} og {log.SECRET} og"}}}}',
    ),
    "vianett": (
        f"2026-03-18T09:14:12+01:00 requesttype=notificationstatus&refno=1&Status=DELIVRD&Msg={log.SECRET}+{log.SECRET}",
        f'203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /dr?refno=2&requesttype=mtstatus&msgok=True&message={log.SECRET} HTTP/1.1" 200 4',
    ),
    "sveve": (
        f"2026-03-18T09:14:12+01:00 number=4740000001&status=true&id=41&ref=r1&msg={log.SECRET}+{log.SECRET}",
        f'203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /dr?number=4740000002&status=false&id=42&text={log.SECRET} HTTP/1.1" 200 4',
    ),
    "elks46": (
        f"2026-03-18T09:14:12+01:00 id=s70df59406a1b4643b96f3f91e0bfb7b0&status=delivered&message={log.SECRET}+{log.SECRET}",
        f'2026-03-18T09:14:12+01:00 {{"id": "s70df59406a1b4643b96f3f91e0bfb7b1", "direction": "outgoing", "status": "sent", "created": "2026-03-182026-03-18T09:14:12+01:008:14:01", "message": "{log.SECRET}"}}',
    ),
    "ip1": (
        f'2026-03-18T09:14:12+01:00 {{"messageId": "m1", "batchId": "b1", "recipient": "4740000001", "code": 201, "body": "{log.SECRET} {log.SECRET}"}}',
        f'2026-03-18T09:14:12+01:00 {{"messageId": "m2", "batchId": "b1", "recipient": "4740000002", "code": 501, "memo": "{log.SECRET} og {log.SECRET} og"}}',
    ),
    "sinch": (
        f'2026-03-18T09:14:12+01:00 {{"type": "recipient_delivery_report_sms", "batch_id": "b1", "recipient": "4740000001", "status": "Queued", "body": "{log.SECRET}"}}',
        f'2026-03-18T09:14:12+01:00 {{"id": "b2", "type": "mt_text", "to": ["4740000002"], "from": "K", "created_at": "2026-03-182026-03-18T09:14:12+01:008:14:01Z", "body": "{log.SECRET} {log.SECRET}"}}',
    ),
    "plivo": (
        f"2026-03-18T09:14:12+01:00 MessageUUID=u1&Status=delivered&To=4740000001&Text={log.SECRET}+{log.SECRET}",
        f'2026-03-18T09:14:12+01:00 {{"message_uuid": "u2", "message_state": "sent", "message_direction": "outbound", "message_time": "2026-03-18 08:14:01+00:00", "text": "{log.SECRET}"}}',
    ),
    "telnyx": (
        f'2026-03-18T09:14:12+01:00 {{"data": {{"event_type": "message.sent", "payload": {{"id": "p1", "to": [{{"phone_number": "+4740000001", "status": "sent"}}], "text": "{log.SECRET}"}}}}}}',
        f'2026-03-18T09:14:12+01:00 {{"data": {{"event_type": "message.finalized", "payload": {{"id": "p2", "to": [{{"status": "delivered"}}], "text": "{log.SECRET} {log.SECRET}"}}}}}}',
    ),
    "table": (
        f"1;+4740000001;Levert;18.03.2026 09:14;{log.SECRET} og enda mer {log.SECRET}",
        f'2;+4740000002;Feilet;18.03.2026 09:15;"hei; ""{log.SECRET}"" hei hei"',
    ),
}


LINES_OF |= vendor_lines.LINES
LINES_OF["kannel_bearerbox"] = (
    "2026-03-18 09:14:05 [811] [6] ERROR: SMPP[telia1]: got DLR but could not find message or was not interested in it id<5C01A9> dst<4740000001>, "
    "type<1>",
    f"2026-03-18 09:14:06 [811] [6] DEBUG: SMPP[telia1]: text <{log.SECRET}>",
)


@pytest.mark.parametrize("format", formats.names())
def test_no_text_of_a_message_gets_anywhere_however_its_line_is_cut(format: str, tmp_path: Path) -> None:
    # A table is known by rows that are whole.
    header = ["Id;Mottaker;Status;Sendt;Melding", *LINES_OF["table"] * 26] if format == "table" else []
    lines = [line[:end] for line in LINES_OF[format] for end in range(1, len(line) + 1)]
    torn = [line[start:] for line in LINES_OF[format] for start in range(1, len(line), 3)]
    path, db = log.written(tmp_path / "cut.log", [*header, *lines, *torn]), tmp_path / "sms.duckdb"
    report = log.load(db, path, format=format, feed="f", receipt_zone="UTC")
    ruins.tell_nothing([*report.faults, *report.warnings])
    assert len(log.loads(db)) == 1
    assert log.loads(db)[0]["accepted"] >= len(LINES_OF[format])
    kept = log.all_text(db).lower()
    # A cut may leave only a few letters of it.
    found = [fragment for fragment in (log.SECRET[:6], log.SECRET[-6:], log.SECRET[4:10]) if fragment in kept]
    places = {row["raw"] for row in log.rows(db, "FROM events") for fragment in found if fragment in str(row).lower()}
    assert (found, sorted(places)[:3]) == ([], [])
    assert log.SECRET.encode("utf-16-be").hex() not in kept


@pytest.mark.parametrize("fill", [b"a", b",", b"1", b"[", b'"', b" ", b"\xe6", b"id:1 stat:DELIVRD ", b"[msg:1:a] "])
def test_a_line_that_never_ends_is_refused_in_bounded_time(fill: bytes, tmp_path: Path) -> None:
    path, db = tmp_path / "access.log", tmp_path / "sms.duckdb"
    path.write_bytes(fill * (3_000_000 // len(fill)))
    report = log.load(db, path, tmp_path / "none")
    ruins.tell_nothing(report.faults)
    assert [load["records"] for load in log.loads(db)] in ([], [1])


def test_a_report_sums_its_records_up(tmp_path: Path) -> None:
    report = log.load(tmp_path / "sms.duckdb", log.written(tmp_path / "a.log", LINES), log.written(tmp_path / "b.log", log.lines(3, first=800)))
    assert isinstance(report, loader.LoadReport)
    assert report.records == len(LINES) + len(log.lines(3, first=800))


def test_one_id_for_several_recipients_names_a_message_with_each(tmp_path: Path) -> None:
    receipts = [
        {"id": 1000001, "msisdn": 4740000001, "time": 1773821648, "status": "DELIVERED"},
        {"id": 1000001, "msisdn": 4740000002, "time": 1773821649, "status": "EXPIRED"},
        {"id": 1000001, "msisdn": 4740000001, "time": 1773821640, "status": "ENROUTE"},
    ]
    db = tmp_path / "sms.duckdb"
    report = log.load(db, log.written(tmp_path / "callbacks.log", [json.dumps(receipt) for receipt in receipts]), format="gatewayapi")
    assert (report.faults, report.warnings) == ([], [])
    told = log.rows(db, "SELECT message_key, message_id, recipient, outcome, receipts FROM messages ORDER BY recipient")
    assert [tuple(row.values()) for row in told] == [
        ("gatewayapi/1000001/+4740000001", "1000001", "+4740000001", "delivered", 2),
        ("gatewayapi/1000001/+4740000002", "1000001", "+4740000002", "failed", 1),
    ]
    feeds = log.rows(db, "SELECT id_rule, id_rule_evidence FROM feeds")
    assert feeds == [{"id_rule": "per_recipient", "id_rule_evidence": "as the format's documentation says"}]
