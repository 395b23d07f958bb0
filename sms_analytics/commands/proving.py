"""`proof`: files of what proves that messages arrived, without an operator, into the database. What they prove, `questions/arrival.py` tells."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from sms_analytics import config as configuration
from sms_analytics.config import Config
from sms_analytics.database import store
from sms_analytics.errors import FormatMismatchError, InputError, TimeZoneNeededError, UsageError
from sms_analytics.events import recipients
from sms_analytics.events.clock import Clock
from sms_analytics.formats.engine import written_times
from sms_analytics.reading import named_files, tables
from sms_analytics.reading.sources import Source
from sms_analytics.vocabulary import PROOF_KINDS, ProofKind

_COLUMNS: Final = ("message_id", "recipient", "account", "time", "kind")
_STORED: Final = ("proof_id", "record_no", "message_id", "recipient", "account", "kind", "proven_utc")
#: Why a row is no proof, in the order in which it is told.
_FAULTS: Final = {
    "row": "not a row of the table",
    "whose": "neither an id nor a recipient",
    "time": "no time, or one that cannot be read; say how it is written with [proof] time_format",
    "kind": "a word for no kind of proof; say which one with [proof.kinds] or --kind",
}
_PHONE: Final = r"^\+[1-9][0-9]{5,14}$"


@dataclass(frozen=True)
class ProofFile:
    """What became of one file: `records = accepted + skipped + rejected`; `faults` name the first rejected row of each kind, `file:line`."""

    path: str
    records: int
    accepted: int
    skipped: int
    rejected: int
    faults: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True)
class ProofReport:
    """The files, and those that could not be read with the reason."""

    files: tuple[ProofFile, ...]
    faults: tuple[str, ...]


def proof(
    files: str | Path | Sequence[str | Path],
    *,
    db: str | Path | None = None,
    config: str | Path | None = None,
    time_zone: str | None = None,
    kind: ProofKind | None = None,
) -> ProofReport:
    """Brings files of proofs into the database: codes that were entered, clicks, answers. A file that is there already is not brought twice.

    A file is a table (CSV, JSON lines, Excel, Parquet) with the columns `message_id` or `recipient`, `time`, `kind` (`code_entered`, `click`,
    `answer`, or a word for one of them; `kind` is that of files without such a column) and perhaps `account`; `[proof]` of the configuration names
    other headings and words. Nothing else of it is kept. Times without an offset are those of `time_zone` (default: `[proof] time_zone`, then
    `time_zone`). An empty row is skipped, a row that proves nothing rejected, and both are counted. `UsageError` where there is nothing to read,
    `DatabaseError` as for loads.
    """
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config else None, beside=path.parent)
    if kind is not None and kind not in PROOF_KINDS:
        raise UsageError(f"--kind '{kind}': accepted are {', '.join(PROOF_KINDS)}")
    zone = configuration.zone(time_zone, "--time-zone") or settings.proof.time_zone or settings.time_zone
    store.connect(path).close()
    named = [files] if isinstance(files, str | Path) else list(files)
    found = named_files.find([str(file) for file in named])
    done: list[ProofFile] = []
    faults: list[str] = []
    with store.rebuild(path, group_read=settings.database.group_read) as connection:
        for file in found:
            try:
                done.append(_brought(connection, file, settings, zone, kind))
            except InputError as error:
                faults.append(str(error))
        if not any(file.accepted and not file.known for file in done):
            raise store.Unchanged
    return ProofReport(tuple(done), tuple(faults))


def _brought(connection: duckdb.DuckDBPyConnection, file: str, settings: Config, zone: str | None, kind: ProofKind | None) -> ProofFile:
    with Source(file) as source:
        sha256 = source.sha256()
        rows = connection.execute(
            "SELECT records, accepted, skipped, rejected FROM proof_files WHERE sha256 = $sha256", {"sha256": sha256}
        ).fetchall()
        if rows:
            records, accepted, skipped, rejected = rows[0]
            return ProofFile(file, records, accepted, skipped, rejected, known=True)
        ((proof_id,),) = connection.execute("SELECT coalesce(max(proof_id), 0) + 1 FROM proof_files").fetchall()
        counts, first = dict.fromkeys(("records", "accepted", "skipped", "rejected"), 0), dict[str, str]()
        connection.begin()
        try:
            for batch in tables.records(source):
                read = _read(batch, file, settings, zone, kind)
                accepted = read.filter(pl.col("fault").is_null())
                connection.register("arriving", accepted.with_columns(proof_id=pl.lit(proof_id)).select(_STORED))
                connection.execute("INSERT INTO proofs FROM arriving")
                connection.unregister("arriving")
                blank = read.filter(pl.col("fault") == "blank").height
                counts["records"] += read.height
                counts["accepted"] += accepted.height
                counts["skipped"] += blank
                counts["rejected"] += read.height - accepted.height - blank
                first = _first_faults(read, file) | first
            values = [proof_id, file, sha256, *counts.values(), datetime.now(UTC).replace(tzinfo=None)]
            connection.execute("INSERT INTO proof_files VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    return ProofFile(file, counts["records"], counts["accepted"], counts["skipped"], counts["rejected"], tuple(first.values()))


def _first_faults(read: pl.DataFrame, file: str) -> dict[str, str]:
    faulty = read.filter(pl.col("fault").is_in(list(_FAULTS))).group_by("fault").agg(pl.col("record_no").first(), pl.len().alias("rows"))
    return {fault: f"{file}:{record_no}: {_FAULTS[fault]} (rows: {rows})" for fault, record_no, rows in faulty.sort("record_no").iter_rows()}


def _read(batch: pl.DataFrame, file: str, settings: Config, zone: str | None, kind: ProofKind | None) -> pl.DataFrame:
    """The columns of `proofs`, and `fault`: why a row is none."""
    names = [name for name in batch.columns if name not in tables.OWN]
    found = _columns_of(names, settings)
    if not {"message_id", "recipient"} & found.keys() or "time" not in found:
        raise FormatMismatchError(
            f"{file}: no column for {'the time' if 'time' not in found else 'message_id or recipient'} among the headers "
            f'{", ".join(map(repr, names))}; name it in sms_analytics.toml: [proof.columns] recipient = "Mob."'
        )
    cells = batch.select(
        "record_no",
        broken=pl.col("fault").is_not_null(),
        blank=pl.all_horizontal(pl.col(name).fill_null("").str.strip_chars() == "" for name in names),
        **{column: pl.col(found[column]).str.strip_chars().replace("", None) if column in found else pl.lit(None, pl.String) for column in _COLUMNS},
    )
    whose = cells.with_columns(recipient=recipients.read(cells["recipient"], settings.home_country)["recipient"])
    timed = whose.with_columns(proven_utc=_utc(cells["time"], file, settings, zone), kind=_kinds(cells["kind"], settings, kind))
    known = pl.col("message_id").is_not_null() | pl.col("recipient").str.contains(_PHONE).fill_null(value=False)
    return timed.with_columns(
        fault=pl.when("broken")
        .then(pl.lit("row"))
        .when("blank")
        .then(pl.lit("blank"))
        .when(~known)
        .then(pl.lit("whose"))
        .when(pl.col("proven_utc").is_null())
        .then(pl.lit("time"))
        .when(pl.col("kind").is_null())
        .then(pl.lit("kind"))
    )


def _columns_of(names: list[str], settings: Config) -> dict[str, str]:
    """Which header stands for each of our columns: what the configuration says, else the first synonym."""
    own = {_key(header): column for column, header in settings.proof.columns.items()}
    known = _table("proof_headers.csv", "header", "column")
    order = {key: place for place, key in enumerate(known)}
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (_key(name) not in own, order.get(_key(name), len(order)))):
        column = own.get(_key(name)) or known.get(_key(name))
        if column is not None:
            found.setdefault(column, name)
    return found


def _kinds(words: pl.Series, settings: Config, kind: ProofKind | None) -> pl.Series:
    known = _table("proof_words.csv", "word", "kind") | {_key(word): kind for word, kind in settings.proof.kinds.items()}
    usual = kind or settings.proof.kind
    read = [known.get(_key(word)) if word is not None else usual for word in words]
    return pl.Series("kind", read, dtype=pl.String)


def _utc(written: pl.Series, file: str, settings: Config, zone: str | None) -> pl.Series:
    read = written_times.read(written, settings.proof.time_format)
    local = read["local"].is_not_null() & read["utc"].is_null()
    if not local.any():
        return read["utc"]
    if zone is None:
        raise TimeZoneNeededError(f"{file}: its times have no zone; say which one with --time-zone Europe/Oslo, or [proof] time_zone")
    return read["utc"].zip_with(read["utc"].is_not_null(), Clock().aside(read["local"], zone))


@cache
def _table(name: str, key: str, value: str) -> dict[str, str]:
    with resources.files("sms_analytics.events.reference").joinpath(name).open(encoding="utf-8") as file:
        return {_key(row[key]): row[value] for row in csv.DictReader(file)}


def _key(text: str) -> str:
    """A header or word without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


def forget(connection: duckdb.DuckDBPyConnection, pattern: str) -> int:
    """Takes out the proofs of a number; how many. `pattern` is that of its spellings."""
    return _taken_out(connection, "regexp_matches(recipient, $pattern) OR regexp_matches(message_id, $pattern)", {"pattern": pattern})


def purge(connection: duckdb.DuckDBPyConnection, moment: datetime) -> int:
    """Takes out the proofs from before a moment; how many."""
    return _taken_out(connection, "proven_utc < $moment::TIMESTAMP", {"moment": moment})


def _taken_out(connection: duckdb.DuckDBPyConnection, condition: str, values: dict[str, object]) -> int:
    ((before,),) = connection.execute("SELECT count(*) FROM proofs").fetchall()
    connection.execute(f"DELETE FROM proofs WHERE {condition}", values)
    ((after,),) = connection.execute("SELECT count(*) FROM proofs").fetchall()
    return int(before - after)
