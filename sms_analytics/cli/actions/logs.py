"""The commands that read logs."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, Final

import polars as pl
import typer

from sms_analytics import config as configuration
from sms_analytics import formats as known_formats
from sms_analytics.cli import printing, speaking
from sms_analytics.cli.options import Language
from sms_analytics.cli.progress import progress_of
from sms_analytics.commands import following
from sms_analytics.commands.demo import Demo
from sms_analytics.commands.demo import demo as run_demo
from sms_analytics.commands.following import Round
from sms_analytics.commands.loader import LoadReport
from sms_analytics.commands.loader import load as load_logs
from sms_analytics.commands.loading import LoadRecord
from sms_analytics.config import Config
from sms_analytics.config.sections import as_duration
from sms_analytics.database import store
from sms_analytics.errors import UsageError
from sms_analytics.events.readings import Format
from sms_analytics.reading.identification import Identification
from sms_analytics.reading.identification import identify as identified
from sms_analytics.simulate.simulation import simulate as simulated
from sms_analytics.text import output
from sms_analytics.text.grouping import grouped
from sms_analytics.text.phrases import phrase

_COUNTS: Final = ("records", "accepted", "skipped", "rejected", "events", "duplicates", "unrecognised")
_TIMES: Final = ("first_utc", "last_utc", "loaded_utc")
_TEXTS: Final = ("path", "sha256", "format", "feed", "time_zone", "state", "version")

_DEMO_RATES: Final = ("messages", "sent", "delivered", "failed", "no_status", "rate_confirmed", "rate_possible", "ci_low", "ci_high", "coverage")
_DEMO_REASONS: Final = 10


def load(
    paths: list[str], db: Path | None, config: Path | None, keywords: dict[str, str | None], *, threads: int | None, replace: bool, json: bool
) -> None:
    """Loads, and reports what became of every file."""
    settings = configuration.read(config, beside=(db or store.default_path()).parent)
    begun = time.monotonic()
    with progress_of(paths, settings.lang) as progress:
        report = load_logs(paths, db=db, config=config, threads=threads, replace=replace, progress=progress, **keywords)
    _say_speed(report.records, settings.lang, begun)
    show_loaded(report, settings, json=json)


def show_loaded(report: LoadReport, settings: Config, *, json: bool) -> None:
    """What became of every file of a load; ends with its faults."""
    _say_beside(report, settings.lang)
    frame = _loads(report.loads)
    if json or report.loads:
        shown = _with_total(frame.select("path", "format", "feed", *_COUNTS, "first_utc", "last_utc"), settings.lang)
        printing.answer(frame, zone=settings.zone, lang=settings.lang, format="json" if json else None, shown=shown)
    _end_with(grouped(report.faults, settings.lang))


def follow(
    paths: list[str],
    db: Path | None,
    config: Path | None,
    keywords: dict[str, str | None],
    *,
    threads: int | None,
    every: str | None,
    given: dict[str, bool],
) -> None:
    """Loads what comes until Ctrl-C or a signal to end; a line for each look at the logs. What is `given` beside cannot be."""
    for option in (name for name, is_given in given.items() if is_given):
        raise UsageError(f"{option}: not with --follow; load once without --follow for that")
    settings = configuration.read(config, beside=(db or store.default_path()).parent)
    with _until_told_to_stop() as stop:
        for one in following.follow(paths, stop=stop, every=_interval(every), db=db, config=config, threads=threads, **keywords):
            speaking.warn(grouped(one.warnings, settings.lang))
            for fault in grouped(one.faults, settings.lang):
                speaking.fail(fault)
            speaking.say(_round_in_words(one, settings))
        speaking.say(phrase("follow_ended", settings.lang))


def _interval(every: str | None) -> timedelta:
    try:
        found = as_duration(every) if every is not None else following.EVERY
    except ValueError as error:
        raise UsageError(f"--every '{every}': {error}") from None
    if not found:
        raise UsageError(f"--every '{every}': write 1s or more")
    return found


@contextmanager
def _until_told_to_stop() -> Iterator[Event]:
    """An event that the first Ctrl-C or SIGTERM sets: what is being loaded is finished. The second one ends the process as ever."""
    stop = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def tell(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, tell)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _round_in_words(one: Round, settings: Config) -> str:
    at, loads = output.local_time(one.at_utc, settings.zone), one.report.loads
    if not loads:
        return phrase("follow_nothing", settings.lang, at, one.files)
    sums = [sum(getattr(load, name) for load in loads) for name in ("records", "events", "rejected")]
    return phrase("follow_round", settings.lang, at, len(loads), *sums)


def _say_beside(report: LoadReport, lang: Language) -> None:
    speaking.warn(grouped(report.warnings, lang))
    for path in report.known:
        speaking.say(phrase("known", lang, path))


def _say_speed(records: int, lang: Language, begun: float) -> None:
    seconds = time.monotonic() - begun
    if sys.stderr.isatty() and records:
        speaking.say(phrase("speed", lang, records, f"{seconds:.1f}", round(records / seconds)))


def _end_with(faults: list[str]) -> None:
    for fault in faults:
        speaking.fail(fault)
    if faults:
        raise typer.Exit(1)


def _loads(records: Sequence[LoadRecord]) -> pl.DataFrame:
    """The rows of `loads`."""
    rows = [asdict(record) for record in records]
    names = LoadRecord.__dataclass_fields__
    return pl.DataFrame(rows, schema={name: pl.String() if name in _TEXTS else pl.Datetime("us") if name in _TIMES else pl.Int64() for name in names})


def _with_total(rows: pl.DataFrame, lang: Language) -> pl.DataFrame:
    """The rows and, below several, their sums."""
    if rows.height < 2:
        return rows
    numbers = [name for name, dtype in rows.schema.items() if dtype.is_integer()]
    total = rows.select(
        pl.lit(phrase("total", lang)).alias(rows.columns[0]),
        pl.col(numbers).sum(),
        first_utc=pl.col("first_utc").min(),
        last_utc=pl.col("last_utc").max(),
    )
    return pl.concat([rows, total.cast({name: rows.schema[name] for name in numbers})], how="diagonal")


def demo(out: Path, lang: Language | None) -> None:
    """The first look: what was loaded, three answers, the files, and what to try next."""
    with printing.writing(out), progress_of([], lang or configuration.read(None).lang) as progress:
        shown = run_demo(out, lang=lang, progress=progress)
    language = shown.lang
    _say_beside(shown.report, language)
    speaking.warn(shown.notes)
    _show_demo(shown, language)
    speaking.say(phrase("database", language, shown.db))
    for file, frame in shown.files.items():
        speaking.say(phrase("written", language, file, frame.height))
    speaking.say(phrase("demo_next", language))
    for line in _next_commands(shown):
        speaking.say(f"  {line}")
    _end_with(shown.report.faults)


def _show_demo(shown: Demo, lang: Language) -> None:
    groups = ["operator", "country"]
    per_format = (
        _loads(shown.report.loads)
        .group_by("format")
        .agg(pl.len().alias("files"), pl.col(_COUNTS).sum(), pl.col("first_utc").min(), pl.col("last_utc").max())
    )
    tables = {
        "demo_load": (_with_total(per_format.sort("format"), lang), 1, []),
        "demo_rates": (shown.rates.select(*groups, *_DEMO_RATES), 2, output.headline(shown.rates, lang)),
        "demo_reasons": (shown.reasons.head(_DEMO_REASONS), 2, []),
        "demo_gaps": (shown.gaps, 1, []),
    }
    for title, (frame, keys, summary) in tables.items():
        table = output.as_table(frame, lang=lang, zone=shown.zone, width=printing.width(), keys=keys)
        printing.show("\n".join([phrase(title, lang), *summary, "", table.text, ""]))


def _next_commands(shown: Demo) -> list[str]:
    return [
        f"sms-analytics rates --by day,operator --db {shown.db}",
        f"sms-analytics messages --where \"outcome = 'failed'\" --db {shown.db}",
        f"sms-analytics lookup {shown.example} --db {shown.db}",
    ]


def formats(name: str | None, config: Path | None, *, json: bool) -> None:
    """What can be read, or one format's documentation."""
    settings = configuration.read(config)
    if name is not None:
        known = known_formats.named(name, settings)
        documentation = known_formats.documentation(known)
        if json:
            printing.show(output.as_json(pl.DataFrame([_described(known) | {"documentation": documentation}]), settings.zone))
        else:
            printing.show(documentation)
        return
    frame = pl.DataFrame([_described(known) for known in known_formats.of(settings)])
    printing.answer(frame, zone=settings.zone, lang=settings.lang, format="json" if json else None)


def _described(known: Format) -> dict[str, Any]:
    return {"format": known.name, "title": known.title, "container": known.container, "general": known.general}


def identify(files: list[str], db: Path | None, config: Path | None, *, json: bool) -> None:
    """Which format files have."""
    settings = configuration.read(config, beside=(db or store.default_path()).parent)
    found = identified(files, db=db, config=config)
    names = Identification.__dataclass_fields__
    frame = pl.DataFrame(
        [asdict(one) for one in found], schema={name: pl.Int64() if name in ("claimed", "records") else pl.String() for name in names}
    )
    printing.answer(frame, zone=settings.zone, lang=settings.lang, format="json" if json else None, shown=frame.drop("place", "fields"))
    _end_with([_unidentified(one) for one in found if one.format is None])


def _unidentified(one: Identification) -> str:
    return f"{one.path}: {one.why}"


def simulate(messages: int, seed: int, out: Path) -> None:
    """Raw logs of invented messages."""
    with printing.writing(out):
        made = simulated(messages, seed, out)
    printing.show("\n".join(str(path) for path in (*made.logs, made.truth, made.config)))
    speaking.say(phrase("simulate_next", configuration.read(None).lang))
    logs, db = Path(os.path.commonpath(made.logs)), out / store.DEFAULT_NAME
    for command in (f"load {logs} --config {made.config} --db {db}", f"rates --by operator --db {db}"):
        speaking.say(f"  sms-analytics {command}")
