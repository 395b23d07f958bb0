"""Files as they lie on disk: found, unpacked, decoded and cut into records, against a slow reading of the same bytes."""

import codecs
import gzip
import hashlib
import io
import os
import re
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_analytics.errors import InputError
from sms_analytics.events.readings import RECORDS, empty
from sms_analytics.formats import kannel
from sms_analytics.reading import cutting, detection, encoded_lines, named_files, sources
from sms_analytics.reading.sources import Prefix, Source
from tests import kannel_log as log

TEXT = "en\ntø\nthree 🍂\n".encode()

contents = st.lists(
    st.sampled_from([b"a", b"\xe6", "æ".encode(), b"\n", b"\n", b"\r\n", b"\r", b"\0", b" ", b"\xff", b"sms;ok", "🍂".encode()]), max_size=40
).map(b"".join)


def packed_zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(content)
    return bytes(sink.getvalue())


def unpacked_as_far_as_it_goes(archive: bytes) -> bytes:
    """What zlib itself gets out of a damaged gzip file of one member."""
    unpacker, content = zlib.decompressobj(31), b""
    for byte in archive:
        try:
            content += unpacker.decompress(bytes([byte]))
        except zlib.error:
            break
    return content


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def read(path: str | Path, size: int = sources.BLOCK) -> str:
    with Source(str(path)) as source:
        return "".join(source.blocks(size=size))


def records(path: str | Path, size: int = sources.BLOCK, start: Prefix | None = None) -> list[tuple[int, str]]:
    """Kannel records, a message text over several lines included."""
    with Source(str(path)) as source:
        return pl.concat([empty(RECORDS), *cutting.records(source, kannel.FORMAT, start, size)]).rows()


def slow_lines(content: bytes) -> list[str]:
    """Line by line: UTF-8 where it is, else Latin-1."""
    lines = []
    for line in content.split(b"\n")[: None if not content.endswith(b"\n") and content else -1]:
        try:
            lines.append(line.decode())
        except UnicodeDecodeError:
            lines.append(line.decode("latin-1"))
    return [line.removesuffix("\r") for line in lines]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x\n")


# Which files


def test_finds_files_folders_patterns_and_standard_input_once_each_and_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b.log", "a.log", "old/c.log.gz", ".hidden.log", ".git/d.log", "old/.e.log", "sms_analytics.toml", "f.txt")
    names = ["a.log", "b.log", "f.txt", "old/c.log.gz"]
    everything = [str(tmp_path / name) for name in names]
    assert named_files.find([str(tmp_path)]) == everything
    assert named_files.find([f"{tmp_path}/*.log"]) == everything[:2]
    assert named_files.find([f"{tmp_path}/**/*.gz"]) == everything[3:]
    assert named_files.find([f"{tmp_path}/*"]) == everything[:3]
    assert named_files.find(["-", f"{tmp_path}/b.log", str(tmp_path)]) == ["-", everything[1], everything[0], *everything[2:]]


def test_a_file_that_is_named_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.log", "[1].log", "sms_analytics.toml")
    for name in (".hidden.log", "[1].log", "sms_analytics.toml"):
        assert named_files.find([str(tmp_path / name)]) == [str(tmp_path / name)]


@pytest.mark.parametrize("name", ["missing.log", "none*.log", "a**b.log", "[", "x" * 300, "nul\0byte", "folder", "folder/*"])
def test_a_path_that_names_nothing_is_an_error_of_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=f"^{re.escape(str(tmp_path / name))}: no .* [^\n]*$"):
        named_files.find([str(tmp_path / name)])


def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.log", "closed/b.log")
    listed = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert named_files.find([str(tmp_path)]) == [str(tmp_path / "a.log"), str(tmp_path / "closed")]
    with pytest.raises(InputError, match=r"closed: cannot be read: "):
        Source(str(tmp_path / "closed"))


def test_a_file_that_cannot_be_opened_or_read_is_an_error_that_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.log", TEXT)

    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", lambda *_: Broken())
    with pytest.raises(InputError, match=r"a\.log: cannot be read: Input/output error$"):
        Source(path)

    def closed(*_: object) -> IO[bytes]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(InputError, match=r"a\.log: cannot be read: Permission denied$"):
        Source(path)


def test_a_disk_that_fails_in_the_middle_of_a_file_fails_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.log", TEXT * 1000)

    class Failing(io.FileIO):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            if self.tell() > 0:
                raise OSError(5, "Input/output error")
            return super().readinto(buffer[:100])

    monkeypatch.setattr(Path, "open", lambda *_: Failing(path))
    with Source(path) as source, pytest.raises(InputError, match=r"a\.log: cannot be read: Input/output error$"):
        list(source.blocks())


def test_a_name_that_is_no_unicode_is_an_error_that_can_be_printed(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.log")
    Path(name).write_bytes(TEXT)
    assert named_files.find([str(tmp_path)]) == [name]
    with pytest.raises(InputError) as caught:
        Source(name)
    assert str(caught.value).encode().endswith("/caf\N{REPLACEMENT CHARACTER}.log: this name is no UTF-8; rename the file".encode())


# Packing


@pytest.mark.parametrize(
    "archive",
    [TEXT, gzip.compress(TEXT), gzip.compress(TEXT[:4]) + gzip.compress(TEXT[4:]), packed_zstd(TEXT), packed_zstd(TEXT[:4]) + packed_zstd(TEXT[4:])],
    ids=["plain", "gzip", "gzip of two members", "zstd", "zstd of two frames"],
)
def test_reads_packed_files_whatever_they_are_called(archive: bytes, tmp_path: Path) -> None:
    path = write(tmp_path / "log", archive)
    with Source(path) as source:
        assert "".join(source.blocks()) == TEXT.decode()
        assert source.fault is None
        assert source.size == len(archive)
        assert source.head(4) == TEXT[:4]
        assert source.seekable().read() == TEXT


@pytest.mark.parametrize("place", [11, 60, 500, 5000, 20_000, -30, -9, -1])
def test_all_that_comes_before_the_cut_of_a_gzip_file_is_read(place: int, tmp_path: Path) -> None:
    content = log.content(log.lines(900))
    cut = gzip.compress(content)[:place]
    with Source(write(tmp_path / "log", cut)) as source:
        for _ in range(2):
            assert "".join(source.blocks()).encode() == unpacked_as_far_as_it_goes(cut)
            assert source.fault is not None
            assert source.fault.startswith("the archive ends or breaks in the middle")
        with pytest.raises(InputError, match=r"breaks in the middle .*fetch the file again$"):
            source.seekable()


@pytest.mark.parametrize("size", [100, 1 << 16, sources.BLOCK])
def test_all_that_comes_before_the_cut_of_a_zstd_file_is_read(size: int, tmp_path: Path) -> None:
    frames = [f"{number} linje\n".encode() * 37 for number in range(50)]
    archive = b"".join(map(packed_zstd, frames))
    with Source(write(tmp_path / "log", archive[:-5])) as source:
        read = "".join(source.blocks(size=size)).encode()
        assert source.fault is not None
    assert b"".join(frames).startswith(read)
    assert len(read) >= sum(map(len, frames[:-1]))


@given(content=contents, junk=st.binary(min_size=1, max_size=30))
def test_what_follows_an_archive_costs_nothing_of_it(content: bytes, junk: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("junk")
    plain = records(write(folder / "plain", content))
    for pack in (gzip.compress, packed_zstd):
        assert records(write(folder / "packed", pack(content) + b"no archive" + junk))[: len(plain)] == plain


@given(junk=st.binary(max_size=300), magic=st.sampled_from([b"\x1f\x8b", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"]))
def test_bytes_that_only_begin_like_an_archive_are_a_fault_and_no_crash(junk: bytes, magic: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    with Source(write(tmp_path_factory.mktemp("magic") / "log", magic + junk)) as source:
        list(source.blocks())
        assert source.fault
        source.head(4)


# Decoding


@given(content=contents, size=st.integers(1, 60))
def test_lines_are_the_same_wherever_the_blocks_are_cut(content: bytes, size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write(tmp_path_factory.mktemp("lines") / "log", b"start\n" + content)
    with Source(path) as source:
        batches = list(cutting.records(source, detection.ANY, size=size))
    read = pl.concat(batches)
    assert read["line"].to_list() == slow_lines(b"start\n" + content)
    assert read["record_no"].to_list() == list(range(1, read.height + 1))


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=80),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 80),
)
def test_every_encoding_is_read_as_the_text_that_was_written(
    text: str, encoding: str, end: str, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bom = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    content = bom + f"start\n{text}".replace("\n", end).encode(encoding)
    path = write(tmp_path_factory.mktemp("encoding") / "log", content)
    # What a gateway writes fits into its first block, and so do a BOM and the zeros that tell UTF-16.
    with Source(path) as source:
        read = "".join(source.blocks(size=max(size, 400)))
    assert read.replace("\r\n", "\n") == f"start\n{text}"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_bom_is_told_by_its_zeros(encoding: str, tmp_path: Path) -> None:
    lines = log.lines(20)
    path = write(tmp_path / "log", log.content(lines).decode().encode(encoding))
    assert [line for _, line in records(path, size=1000)] == lines


def test_latin_1_lines_among_utf_8_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "log", "på\n".encode() + "på\n".encode("latin-1") + "🍂\n".encode())
    assert read(path) == "på\npå\n🍂\n"


def test_a_line_that_never_ends_is_one_record_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_lines, "LONGEST_LINE", 100)
    for encoding in ("utf-8", "utf-16"):
        path = write(tmp_path / encoding, ("first\n" + "x" * 10_000 + "\nlast\n").encode(encoding))
        (first, long, last) = records(path, size=500)
        assert (first, last) == ((1, "first"), (3, "last"))
        assert long == (2, f"{encoded_lines.TOO_LONG}10000")


@pytest.mark.parametrize("content", ["\n" * 20, "a\n" * 20, "a\n\nbb\n" * 9 + "end", "one long line"])
def test_a_batch_holds_no_more_lines_than_it_may(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "MOST_ROWS", 4)
    with Source(write(tmp_path / "log", content.encode())) as source:
        batches = list(cutting.records(source, detection.ANY))
    assert max(batch.height for batch in batches) <= 5
    assert [line for batch in batches for line in batch["line"]] == slow_lines(content.encode())


# Records over several lines

BEGIN = "2026-03-18 09:00:07 Sent SMS [SMSC:telia1] [SVC:kunde7] [FID:1] [from:Klinikken] [to:+4740000001] [msg:"
RECORDS_WRITTEN = (
    "2026-03-18 09:00:00 Log begins",
    f"{BEGIN}3:Hei] [udh:0:]",
    f"{BEGIN}8:Hei\nhopp] [udh:0:]",
    f"{BEGIN}11:Hei\n\n] [ha\nx] [udh:0:]",
    f"{BEGIN}300:never whole] [udh:0:]",
    "a line of nobody's",
    "",
)


def whole_records(written: list[str]) -> list[tuple[int, str]]:
    """The written records under their line numbers; lines that follow none are their own."""
    placed, number = [], 1
    for record in written:
        placed.append((number, record))
        number += record.count("\n") + 1
    return placed


@given(written=st.lists(st.sampled_from(RECORDS_WRITTEN), min_size=1, max_size=8), size=st.integers(1, 400))
def test_records_over_several_lines_are_joined_wherever_the_blocks_are_cut(
    written: list[str], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    written = ["2026-03-18 09:00:00 Log begins", *written]
    path = write(tmp_path_factory.mktemp("joined") / "log", log.content(written))
    assert records(path, size) == whole_records(written)


def test_a_record_that_never_ends_does_not_swallow_what_follows(tmp_path: Path) -> None:
    never = f"{BEGIN}9999:never whole] [udh:0:]"
    path = write(tmp_path / "log", log.content([never, *["more"] * 300, RECORDS_WRITTEN[1]]))
    for size in (64, 1000, sources.BLOCK):
        assert records(path, size) == [(1, never), *((number, "more") for number in range(2, 302)), (302, RECORDS_WRITTEN[1])]


# A file that has grown


@given(
    written=st.lists(st.sampled_from(RECORDS_WRITTEN), min_size=1, max_size=6),
    place=st.integers(0, 600),
    bom=st.sampled_from([b"", codecs.BOM_UTF8]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_reading_on_where_an_earlier_reading_ended_reads_the_same_records(
    written: list[str], place: int, bom: bytes, end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("grown") / "log"
    content = bom + log.content(written, end)
    place = min(place, len(content))
    write(path, content)
    with Source(str(path)) as source:
        start = cutting.restart(source, place, kannel.FORMAT)
        taken_back = cutting.records_between(source, kannel.FORMAT, start, place) if start.bytes < place else empty(RECORDS)
    assert start.lines == content[: start.bytes].count(b"\n")
    whole = records(path)
    write(path, content[:place])
    before = [record for record in records(path) if record[0] <= start.lines]
    assert before + (records(write(path, content), start=start) if start.bytes < len(content) else []) == whole
    write(path, content[:place])
    assert [record for record in records(path) if record[0] > start.lines] == taken_back.rows()


def test_reading_on_goes_back_no_further_than_it_must(tmp_path: Path) -> None:
    lines = log.lines(2000)
    content = log.content(lines)
    path = write(tmp_path / "log", content)
    with Source(path) as source:
        whole = len(log.content(lines[:1500]))
        assert cutting.restart(source, whole, kannel.FORMAT) == Prefix(whole, 1500)
        assert cutting.restart(source, whole + 1, kannel.FORMAT) == Prefix(whole, 1500)
        assert cutting.restart(source, whole - 1, kannel.FORMAT) == Prefix(len(log.content(lines[:1499])), 1499)
        assert cutting.restart(source, whole, detection.ANY) == Prefix(whole, 1500)
        assert source.tail(whole).endswith(content[:whole][-5000:])
        assert sources.MOST_LINES < source.tail(whole).count(b"\n") < 1000


def test_what_is_written_while_the_file_is_read_belongs_to_the_next_load(tmp_path: Path) -> None:
    path = write(tmp_path / "log", TEXT)
    with Source(path) as source, Path(path).open("ab") as more:
        more.write(b"late\n")
        more.flush()
        assert "".join(source.blocks()) == TEXT.decode()
        assert source.sha256() == hashlib.sha256(TEXT).hexdigest()


def test_hashes_of_several_beginnings_in_one_go(tmp_path: Path) -> None:
    with Source(write(tmp_path / "log", TEXT)) as source:
        assert source.sha256_at([7, 0, 3, 7]) == {size: hashlib.sha256(TEXT[:size]).hexdigest() for size in (0, 3, 7)}


@pytest.mark.parametrize(
    ("content", "resumable"),
    [(TEXT, True), (b"", True), (gzip.compress(TEXT, mtime=0), False), (TEXT.decode().encode("utf-16"), False)],
    ids=["plain", "empty", "gzip", "UTF-16"],
)
def test_only_a_plain_file_is_read_on_from_its_middle(content: bytes, resumable: bool, tmp_path: Path) -> None:
    with Source(write(tmp_path / "log", content)) as source:
        assert source.resumable is resumable


# Standard input


def test_standard_input_is_read_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT))))
    with Source("-") as source:
        assert source.written_utc is None
        assert not source.resumable
        for _ in range(2):
            assert "".join(source.blocks()) == TEXT.decode()


def test_no_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match=r"^-: there is no standard input; name a file"):
        Source("-")


def test_tells_when_the_file_was_written_and_how_much_of_it_was_read(tmp_path: Path) -> None:
    path = write(tmp_path / "log", gzip.compress(TEXT * 1000))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    with Source(path) as source:
        seen: list[int] = []
        source.advance = seen.append
        list(source.blocks())
        assert source.written_utc == datetime.fromtimestamp(1_000_000_000, UTC).replace(tzinfo=None)
        assert sum(seen) == source.size


def test_lines_with_their_ends_for_readers_of_quotes(tmp_path: Path) -> None:
    with Source(write(tmp_path / "log", b'a;"b\r\nc"\r\nd\x85e')) as source:
        assert list(source.lines(size=4)) == ['a;"b\r\n', 'c"\r\n', "d\x85e"]
