"""The first look: the sample logs into a database of their own, rates, reasons and gaps out of it, and these as CSV files."""

import os
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import polars as pl

from sms_analytics import config as configuration
from sms_analytics.commands.loader import LoadReport, load
from sms_analytics.commands.progress import UNWATCHED, Progress
from sms_analytics.config import FILE_NAME
from sms_analytics.database import permissions, store
from sms_analytics.errors import UsageError
from sms_analytics.questions import metrics
from sms_analytics.questions.gaps import gaps
from sms_analytics.simulate.simulation import simulate
from sms_analytics.text import output
from sms_analytics.text.labels import Lang

#: What the sample in `data/sample/` was simulated from; without it, it is simulated again.
MESSAGES: Final = 6000
SEED: Final = 2026

#: The message that has most to tell: failed after the most receipts.
_EXAMPLE: Final = "SELECT message_id FROM messages WHERE outcome = 'failed' AND NOT refused ORDER BY receipts DESC, message_key LIMIT 1"

_SHIPPED: Final = Path(__file__).resolve().parents[2] / "data" / "sample"


@dataclass(frozen=True)
class Demo:
    """What the demo made: the database, what was loaded into it, three answers, what to know about them, and the files that hold them.

    `example` is the id of a message with a story to look up.
    """

    db: Path
    logs: Path
    zone: str
    lang: Lang
    report: LoadReport
    rates: pl.DataFrame
    reasons: pl.DataFrame
    gaps: pl.DataFrame
    notes: list[str]
    example: str
    files: dict[Path, pl.DataFrame]


def demo(out: str | Path = "out", *, lang: Lang | None = None, sample: Path = _SHIPPED, progress: Progress = UNWATCHED) -> Demo:
    """Loads the sample into `out/sms.duckdb`, anew each time, and writes `rates.csv`, `reasons.csv` and `gaps.csv` beside it.

    What is to be known about the answers is told in `lang`, else in the language of the configuration.

    Where the sample does not lie beside the package, it is simulated into `out/sample` first. Raises `UsageError` when `out/sms.duckdb` holds other
    logs than the sample.
    """
    folder = Path(out)
    place = _sample(sample, folder)
    logs, config, db = _short(place / "logs"), place / FILE_NAME, folder / store.DEFAULT_NAME
    _make_room(db, logs)
    report = load(str(logs), db=db, config=config, progress=progress)
    settings = configuration.read(config)
    language = lang or settings.lang
    with closing(store.connect(db)) as connection:
        answers = {
            "rates": metrics.rates(connection, by="operator,country", zone=settings.zone),
            "reasons": metrics.reasons(connection, zone=settings.zone),
            "gaps": gaps(connection, by="operator", zone=settings.zone),
        }
        notes = metrics.notes(connection, by="operator,country", zone=settings.zone, lang=language)
        ((example,),) = connection.execute(_EXAMPLE).fetchall()
    files = {folder / f"{name}.csv": frame for name, frame in answers.items()}
    for file, frame in files.items():
        permissions.write(file, output.as_csv(frame, settings.zone).encode(), group_read=settings.database.group_read)
    return Demo(db, logs, settings.zone, language, report, **answers, notes=notes, example=example, files=files)


def sample() -> duckdb.DuckDBPyConnection:
    """A ready database of invented messages, for trying things: a read-only connection, as that of `connect`.

    Four weeks of raw logs in five formats, loaded into a temporary folder the first time and kept as long as this process. Where the sample does not
    lie beside the package, it is simulated first.
    """
    return store.connect(_tried())


@lru_cache(maxsize=1)
def _tried() -> Path:
    return demo(_folder().name).db


@lru_cache(maxsize=1)
def _folder() -> TemporaryDirectory[str]:
    """Lives as long as the process."""
    return TemporaryDirectory(prefix="sms_analytics-")


def _sample(shipped: Path, out: Path) -> Path:
    if (shipped / FILE_NAME).is_file():
        return shipped
    # Its configuration is written last, so a sample that has one is whole.
    if not (out / "sample" / FILE_NAME).is_file():
        simulate(MESSAGES, SEED, out / "sample")
    return out / "sample"


def _short(path: Path) -> Path:
    """Below the current folder as people would write it."""
    relative = Path(os.path.relpath(path))
    return path if ".." in relative.parts else relative


def _make_room(db: Path, logs: Path) -> None:
    """Removes the database of an earlier demo, and no other."""
    if not db.exists():
        return
    ours = {sha256(file.read_bytes()).hexdigest() for file in logs.rglob("*") if file.is_file()}
    with closing(store.connect(db)) as connection:
        loaded = {digest for (digest,) in connection.execute("SELECT sha256 FROM loads").fetchall()}
    if loaded - ours:
        raise UsageError(f"{db}: holds other logs than the sample; name another folder with --out")
    db.unlink()
