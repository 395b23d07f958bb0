"""Packed files and archives, whole and damaged: what came before the damage is read, and it is told."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sms_analytics.errors import InputError
from sms_analytics.reading import named_files, packing
from sms_analytics.reading.sources import Source
from tests import kannel_log as log
from tests.reading.test_sources import packed_zstd

FIRST, SECOND = log.content(log.lines(40)), log.content(log.lines(300, first=100))


def _read(path: Path, content: bytes) -> tuple[bytes, str | None]:
    path.write_bytes(content)
    with Source(str(path)) as source:
        return b"".join(source.encoded()), source.fault


@pytest.mark.parametrize(
    "packed",
    [
        bz2.compress(FIRST),
        lzma.compress(FIRST),
        bz2.compress(FIRST[:5000]) + bz2.compress(FIRST[5000:]),
        lzma.compress(FIRST[:5000]) + b"\0" * 8 + lzma.compress(FIRST[5000:]),
        gzip.compress(gzip.compress(FIRST)),
        lzma.compress(packed_zstd(bz2.compress(gzip.compress(FIRST)))),
    ],
    ids=["bzip2", "xz", "bzip2 of two members", "xz of two members", "gzip of gzip", "four times over"],
)
def test_packed_logs_are_read_whatever_they_are_packed_in(packed: bytes, tmp_path: Path) -> None:
    assert _read(tmp_path / "log", packed) == (FIRST, None)


def test_what_is_packed_without_an_end_is_no_log(tmp_path: Path) -> None:
    content = FIRST
    for _ in range(packing.MOST_TIMES + 1):
        content = gzip.compress(content)
    (tmp_path / "log").write_bytes(content)
    with pytest.raises(InputError, match=r"log: packed more than 4 times over"):
        Source(str(tmp_path / "log"))


@pytest.mark.parametrize(
    "pack", [bz2.compress, lzma.compress, lambda content: gzip.compress(gzip.compress(content))], ids=["bzip2", "xz", "gzip of gzip"]
)
def test_all_that_comes_before_the_cut_is_read(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    read, fault = _read(tmp_path / "log", pack(FIRST) + pack(SECOND)[:-40])
    assert (FIRST + SECOND).startswith(read)
    assert len(read) >= (0 if pack is not bz2.compress else len(FIRST))
    assert fault is not None


def test_a_text_that_begins_with_the_letters_of_bzip2_is_a_text(tmp_path: Path) -> None:
    assert _read(tmp_path / "log", b"BZh9 is a way of packing\n") == (b"BZh9 is a way of packing\n", None)


def _zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first.log", FIRST)
        archive.writestr("second.log", SECOND)
    return content.getvalue()


def _tar(mode: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as archive:  # type: ignore[call-overload]  # one of its modes
        for name, text in (("first.log", FIRST), ("second.log", SECOND)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
        for name, kind in (("link.log", tarfile.SYMTYPE), ("first.log", tarfile.LNKTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "nowhere"
            archive.addfile(entry)
    return content.getvalue()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "logs.zip": _zip,
    "logs.tar": lambda: _tar("w"),
    "logs.tgz": lambda: _tar("w:gz"),
    "logs.txz": lambda: _tar("w:xz"),
    "logs.tbz": lambda: _tar("w:bz2"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_files_of_an_archive_are_found_and_links_passed_over(name: str, tmp_path: Path) -> None:
    path, whole = tmp_path / name, ARCHIVES[name]()
    path.write_bytes(whole)
    assert named_files.find([str(path)]) == [f"{path}/first.log", f"{path}/second.log"]
    report = log.load(tmp_path / "sms.duckdb", path)
    assert (report.faults, [load.rejected for load in report.loads]) == ([], [0, 0])


@pytest.mark.parametrize("name", ["logs.zip", "logs.tar", "logs.tgz"])
def test_a_cut_archive_gives_what_came_before_and_one_reject(name: str, tmp_path: Path) -> None:
    path, whole = tmp_path / name, ARCHIVES[name]()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    report = log.load(tmp_path / "sms.duckdb", path)
    assert [(Path(load.path).name, load.rejected) for load in report.loads] == [("first.log", 0), ("second.log", 1)]
    assert report.loads[0].accepted == len(log.lines(40))
    assert 0 < report.loads[1].accepted < len(log.lines(300, first=100))
    assert [fault.partition(" (")[0] for fault in report.faults] == [f"{path}/second.log: the archive ends or breaks in the middle"]
    path.write_bytes(whole)
    assert log.load(tmp_path / "sms.duckdb", path).faults == []
    assert log.rows(tmp_path / "sms.duckdb", "SELECT count(*) AS count FROM events") == [
        {"count": len(log.lines(40)) + len(log.lines(300, first=100))}
    ]


def test_a_name_of_several_lines_in_an_archive_is_told_in_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a\nb.log", FIRST[:100])
    data = bytearray((tmp_path / "a.zip").read_bytes())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + place] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(data))
    (fault,) = log.load(tmp_path / "sms.duckdb", tmp_path / "a.zip").faults
    assert "\n" not in fault
