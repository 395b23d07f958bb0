"""Which format a file has: every fixture is its own format's, other files are nobody's, and a file of two kinds is asked about."""

import gzip
import json
import os
import random
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from sms_analytics import config, formats
from sms_analytics.commands import loader
from sms_analytics.config import Config
from sms_analytics.errors import AmbiguousFormatError, UnknownFormatError, UsageError
from sms_analytics.events.readings import Context, Marks
from sms_analytics.reading import containers, detection, sources
from tests.formats import golden
from tests.reading.wrapped_lines import WRAPPERS

CASES = golden.cases()
SPECIFIC = [format for format in formats.FORMATS if not format.general]
KANNEL = "2026-03-18 09:14:01 Sent SMS [SMSC:telia1] [SVC:kunde7] [ACT:] [BINF:] [FID:5C01A9] [META:?smpp?] [from:Klinikken] [to:+4740000001] [flags:-1:0:-1:-1:31] [msg:13:Time i morgen] [udh:0:]"
FRONT = '203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /front/status?origid=81234567&status=4 HTTP/1.1" 200 4'
JASMIN = "2026-03-18 09:14:05 INFO     1 DLR [cid:telia] [smpp-msgid:5C01A9] [status:DELIVRD] [submit date:2603180914] [done date:2603180914] [sub/dlvrd messages:001/001] [err:000] [content:'']"
SMPP = "2026-03-18 09:14:05 DEBUG smsc=telia1 id:5C01A9 sub:001 dlvrd:001 submit date:2603180914 done date:2603180914 stat:DELIVRD err:000 text:"
TABLE = "message_id,status,recipient,time"
ROW = "5C01A9,delivered,+4740000001,2026-03-18 09:14:05"

README = "# Gateway\n\nHow to read the log: see status and id of each message.\n\n- err: nothing\n- text: none\n"
NGINX = "\n".join(
    f'203.0.113.{n} - - [18/Mar/2026:09:14:{n:02d} +0100] "GET /orders?status=open&id={n} HTTP/1.1" 200 {n} "-" "curl/8.0"' for n in range(1, 40)
)
SYSLOG = "\n".join(
    f"Mar 18 09:14:{n:02d} gw1 {text}"
    for n, text in enumerate(
        [
            "kernel: usb 1-1: new device",
            "sshd[811]: Accepted publickey for root",
            "systemd[1]: Started sms gateway",
            "smppd[4711]: bound as transceiver",
            "cron[77]: (root) CMD (stat: /tmp)",
        ]
    )
)
OTHERS = {
    "empty": b"",
    "blank lines": b"\n\n   \n\t\n",
    "read-me": README.encode(),
    "web server log": NGINX.encode(),
    "syslog": SYSLOG.encode(),
    "binary": random.Random(7).randbytes(5000),
    "zeros": bytes(4096),
    "zip": b"PK\x03\x04" + random.Random(8).randbytes(500),
    "picture": b"\x89PNG\r\n\x1a\n" + random.Random(9).randbytes(500),
    "database": b"SQLite format 3\0" + bytes(500),
    "JSON lines": "".join(json.dumps({"level": "info", "msg": f"order {n}", "id": n, "user": "kari"}) + "\n" for n in range(20)).encode(),
    "one JSON object": json.dumps({"name": "gateway", "ports": [1, 2], "status": {"ok": True}}, indent=2).encode(),
    "table": b"name;price;colour\nsaft;12;red\nbr\xf8d;30;brown\n",
    "packed": gzip.compress(README.encode()),
    "UTF-16": README.encode("utf-16"),
}


def with_settings(case: Path) -> Config:
    own = case.with_suffix(".toml")
    return config.parse(tomllib.loads(own.read_text("utf-8")), own) if own.is_file() else Config()


def _file(folder: Path, content: str | bytes) -> Path:
    path = folder / "unknown.log"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _detected(path: Path, settings: Config | None = None) -> str:
    with sources.Source(str(path)) as source:
        return detection.detect(source, settings or Config()).name


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_a_fixture_is_its_own_formats_and_no_other_specific_ones(case: Path) -> None:
    settings = with_settings(case)
    assert _detected(case, settings) == case.parent.name
    with sources.Source(str(case)) as source:
        claiming = detection.claimed(source, SPECIFIC, Context(settings.home_country, settings.table))
    assert set(claiming) == {case.parent.name} & {format.name for format in SPECIFIC}


#: All fixtures in all wrappers, as `make long` tries them.
_EVERY = os.environ.get("FIELD_KINDS") == "all"
#: Lines of a fixture that are looked at inside a wrapper.
_WRAPPED_LINES = 30


@pytest.fixture(scope="module")
def by_lines() -> list[Path]:
    """Fixtures whose records are lines of text."""
    found = []
    for case in CASES:
        with sources.Source(str(case)) as source:
            # A dump of a database is in no log.
            if case.parent.name != "kannel_sqlbox" and containers.by_lines(source, golden.format_of(case)) and not containers.headers(source):
                found.append(case)
    return found


def verdict_on(path: Path, settings: Config) -> tuple[str, set[str]]:
    """The format of a file, and the specific ones that claim it."""
    context = Context(settings.home_country, settings.table)
    with sources.Source(str(path)) as source:
        return detection.detect(source, settings).name, set(detection.claimed(source, SPECIFIC, context))


@pytest.fixture(scope="module")
def unwrapped() -> dict[Path, tuple[str, set[str]]]:
    """The verdicts on fixtures without a wrapper, kept from one wrapper to the next."""
    return {}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_wrapped_fixture_is_its_own_formats_and_no_other_ones(
    wrapper: str, by_lines: list[Path], unwrapped: dict[Path, tuple[str, set[str]]], tmp_path: Path
) -> None:
    seen: set[str] = set()
    for number, case in enumerate(by_lines):
        # Every fixture in some wrapper, every format in every one.
        if not _EVERY and case.parent.name in seen and number % len(WRAPPERS) != list(WRAPPERS).index(wrapper):
            continue
        seen.add(case.parent.name)
        lines = [line for line in case.read_bytes().decode("utf-8", "replace").split("\n")[:_WRAPPED_LINES] if line.strip()]
        path = _file(tmp_path, "".join(f"{WRAPPERS[wrapper](line)}\n" for line in lines))
        if case not in unwrapped:
            plain = tmp_path / "plain.log"
            plain.write_text("".join(f"{line}\n" for line in lines), "utf-8")
            unwrapped[case] = verdict_on(plain, with_settings(case))
        assert verdict_on(path, with_settings(case)) == unwrapped[case], case


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_what_a_text_lacks_tells_no_other_verdict_than_its_records(case: Path) -> None:
    marked = [format for format in formats.FORMATS if format.marks]
    with sources.Source(str(case)) as source:
        asked = detection.claimed(source, marked, Context())
        assert asked == detection.claimed(source, [replace(format, marks=None) for format in marked], Context())


def test_marks_are_one_of_the_ways_each_word_or_one_in_its_stead() -> None:
    marks = Marks(((("a", "b"), ("c",)), (("D",),)))
    assert [text for text in ("a c", "b c", "a b", "c", "d", "D", "") if marks.are_in(text)] == ["a c", "b c", "D"]
    assert Marks(((("MessageSid",),),), any_case=True).are_in("messagesid=1")


@pytest.mark.parametrize("name", sorted({case.parent.name for case in CASES}))
def test_every_format_of_the_fixtures_is_registered(name: str) -> None:
    assert formats.named(name).name == name


def test_every_format_has_fixtures() -> None:
    assert {case.parent.name for case in CASES} == set(formats.names())


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS.keys())
def test_other_files_are_refused_with_what_to_do(content: bytes, tmp_path: Path) -> None:
    path = _file(tmp_path, content)
    with pytest.raises(UnknownFormatError) as error:
        _detected(path)
    text = str(error.value)
    assert text.startswith(f"{path}: no format fits its content")
    assert "--format" in text
    assert all(name in text for name in formats.names())
    assert "\n" not in text


@pytest.mark.parametrize("content", [content for content in OTHERS.values() if content], ids=[name for name, content in OTHERS.items() if content])
def test_a_refused_file_is_a_load_with_its_lines_counted(content: bytes, tmp_path: Path) -> None:
    path = _file(tmp_path, content)
    report = loader.load([str(path)], db=tmp_path / "sms.duckdb")
    assert [fault for fault in report.faults if str(path) in fault] == report.faults
    assert len(report.faults) == 1
    (load,) = report.loads
    assert (load.state, load.format, load.accepted, load.skipped) == ("refused", None, 0, 0)
    assert load.records == load.rejected


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ((KANNEL, FRONT), ("front", "kannel")),
        ((KANNEL, JASMIN), ("jasmin", "kannel")),
        ((FRONT, JASMIN), ("front", "jasmin")),
        ((JASMIN, README, KANNEL, FRONT), ("front", "jasmin", "kannel")),
    ],
)
def test_a_file_that_fits_several_names_them_all(lines: tuple[str, ...], names: tuple[str, ...], tmp_path: Path) -> None:
    path = _file(tmp_path, "\n".join(lines))
    with pytest.raises(AmbiguousFormatError) as error:
        _detected(path)
    assert str(error.value) == f"{path}: fits {' and '.join(names)}; say which with --format"


@pytest.mark.parametrize(("line", "name"), [(KANNEL, "kannel"), (FRONT, "front"), (JASMIN, "jasmin"), (SMPP, "smpp"), (f"{TABLE}\n{ROW}", "table")])
def test_one_line_is_enough(line: str, name: str, tmp_path: Path) -> None:
    assert _detected(_file(tmp_path, f"{line}\n")) == name


@pytest.mark.parametrize("line", [KANNEL, JASMIN])
def test_a_receipt_text_in_a_specific_formats_line_is_not_asked_about(line: str, tmp_path: Path) -> None:
    assert _detected(_file(tmp_path, f"{SMPP}\n{line}\n")) != "smpp"


def test_a_last_line_without_its_end_is_looked_at(tmp_path: Path) -> None:
    assert _detected(_file(tmp_path, f"starting up\n{KANNEL}")) == "kannel"


def test_an_empty_file_is_a_warning_and_no_load(tmp_path: Path) -> None:
    path = _file(tmp_path, "")
    report = loader.load([str(path)], db=tmp_path / "sms.duckdb")
    assert (report.loads, report.faults, report.warnings) == ([], [], [f"{path}: tom, ingenting å laste inn"])


def test_a_first_line_of_its_own_behind_many_others_is_found(tmp_path: Path) -> None:
    assert _detected(_file(tmp_path, "starting up\n" * 5000 + KANNEL)) == "kannel"


def test_the_name_of_the_file_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "jasmin.csv"
    path.write_text(KANNEL)
    assert _detected(path) == "kannel"


def test_format_overrides_what_the_content_says(tmp_path: Path) -> None:
    path = _file(tmp_path, f"{KANNEL}\n{FRONT}\n{README}")
    asked = loader.load([str(path)], db=tmp_path / "a.duckdb", time_zone="Europe/Oslo")
    assert asked.faults == [f"{path}: fits front and kannel; say which with --format"]
    for name, accepted in (("kannel", 1), ("front", 1), ("jasmin", 0)):
        report = loader.load([str(path)], db=tmp_path / f"{name}.duckdb", format=name, time_zone="Europe/Oslo")
        (load,) = report.loads
        assert (load.format, load.state, load.accepted) == (name, "loaded", accepted)
        assert load.records == load.accepted + load.skipped + load.rejected


def test_a_format_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    path = _file(tmp_path, KANNEL)
    accepted = ", ".join(formats.names())
    with pytest.raises(UsageError, match=rf"^--format kanel: no such format; accepted are: {accepted}$"):
        loader.load([str(path)], db=tmp_path / "sms.duckdb", format="kanel")


def test_a_file_that_cannot_be_read_does_not_keep_the_others_out(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.log", tmp_path / "b.log"
    good.write_text(KANNEL)
    bad.write_text(README)
    report = loader.load([str(bad), str(good)], db=tmp_path / "sms.duckdb", time_zone="Europe/Oslo")
    assert [load.state for load in report.loads] == ["refused", "loaded"]
    assert len(report.faults) == 1
