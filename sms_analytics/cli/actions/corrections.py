"""The commands for second thoughts: what no map knows, today's configuration for what is stored, and what is taken out again."""

from pathlib import Path
from typing import Final

import polars as pl

from sms_analytics import config as configuration
from sms_analytics.cli import printing, speaking
from sms_analytics.cli.options import Language, Source
from sms_analytics.commands.remapping import remap as remap_all
from sms_analytics.commands.unloading import Removal
from sms_analytics.commands.unloading import forget as forget_number
from sms_analytics.commands.unloading import purge as purge_before
from sms_analytics.commands.unloading import unload as unload_loads
from sms_analytics.commands.upgrading import upgrade as upgrade_database
from sms_analytics.config import Config
from sms_analytics.database import store
from sms_analytics.questions.unmapped import with_fields as all_of
from sms_analytics.text.labels import kinds, label, labels
from sms_analytics.text.phrases import filled, heading
from sms_analytics.vocabulary import REASONS, STATUSES

_COUNTS: Final = {"events": pl.Int64, "kept": pl.Int64, "messages": pl.Int64}


def _settings(source: Source) -> tuple[Path, Config, Language]:
    path = source.db or store.default_path()
    settings = configuration.read(source.config, beside=path.parent)
    return path, settings, source.lang or settings.lang


def show_unmapped(source: Source, *, json: bool) -> None:
    """Unknown words, codes and texts, and below them the lines that would map them."""
    path, settings, lang = _settings(source)
    zone = configuration.zone(source.zone) or settings.zone
    with store.connect(path) as connection:
        found = all_of(connection, settings)
    if found.is_empty():
        speaking.say(label("correction.all_mapped", lang))
    printing.answer(found, zone=zone, lang=lang, format="json" if json else None, shown=found.drop("toml"))
    if not json and found["toml"].count():
        printing.show("\n" + _toml(found, lang))


def _toml(found: pl.DataFrame, lang: Language) -> str:
    """All lines, each table once, below what may stand in the place of the question marks."""
    tables: dict[str, list[str]] = {}
    for lines in found["toml"].drop_nulls():
        table, line = lines.split("\n")
        if line not in tables.setdefault(table, []):
            tables[table].append(line)
    accepted = {"statuses": STATUSES, "reasons": tuple(REASONS)}
    present = set(found["what"])
    whats = [kind for kind, what in (("statuses", {"word"}), ("reasons", {"code", "text"})) if what & present]
    head = [label("correction.write", lang), *(label(f"correction.{kind}", lang).format(", ".join(accepted[kind])) for kind in whats)]
    return "\n".join([*head, *("\n".join([table, *lines]) for table, lines in tables.items())])


def remap(source: Source, *, json: bool) -> None:
    """Today's configuration for all stored events; shows what changed."""
    path, settings, lang = _settings(source)
    report = remap_all(db=path, config=source.config)
    speaking.warn(report.warnings)
    speaking.say(filled(label("correction.remapped" if report.changes.height else "correction.unchanged", lang), report.events))
    if json or report.changes.height:
        shown = _in_words(report.changes, lang)
        printing.answer(report.changes, zone=settings.zone, lang=lang, format="json" if json else None, shown=shown, keys=2)


def _in_words(changes: pl.DataFrame, lang: Language) -> pl.DataFrame:
    """The changes as people read them: columns by their headings, words of closed sets by their texts."""
    texts = {kind: labels(kind, lang) for kind in changes["changed"].unique() if kind in kinds()}
    rows = [
        (heading(changed, lang), feed, *(texts.get(changed, {}).get(value, value) for value in values), count)
        for changed, feed, *values, count in changes.iter_rows()
    ]
    return pl.DataFrame(rows, schema=changes.schema, orient="row")


def unload(load_ids: list[int], source: Source, *, json: bool) -> None:
    """Takes loads out."""
    path, settings, lang = _settings(source)
    _report(unload_loads(load_ids, db=path, config=source.config), "unloaded", settings, lang, json=json)


def forget(number: str, source: Source, *, json: bool) -> None:
    """Takes one number out."""
    path, settings, lang = _settings(source)
    done = forget_number(number, db=path, config=source.config)
    _report(done, "forgotten", settings, lang, json=json)
    speaking.say(filled(label("correction.none_left", lang), done.masked))


def purge(before: str | None, source: Source, *, json: bool) -> None:
    """Takes old messages out."""
    path, settings, lang = _settings(source)
    _report(purge_before(before, db=path, config=source.config), "purged", settings, lang, json=json)


def upgrade(source: Source, *, json: bool) -> None:
    """Brings the database up to date."""
    path, settings, lang = _settings(source)
    done = upgrade_database(db=path, config=source.config)
    speaking.warn(done.warnings)
    key = "upgraded" if done.before < done.after else "up_to_date"
    speaking.say(filled(label(f"correction.{key}", lang), done.events, done.before, done.after))
    if json:
        frame = pl.DataFrame([{name: getattr(done, name) for name in ("before", "after", "events")}])
        printing.answer(frame, zone=settings.zone, lang=lang, format="json")


def _report(done: Removal, key: str, settings: Config, lang: Language, *, json: bool) -> None:
    speaking.warn(done.warnings)
    speaking.say(filled(label(f"correction.{key}", lang), done.events, done.messages, done.kept))
    if json:
        frame = pl.DataFrame([{name: getattr(done, name) for name in _COUNTS}], schema=_COUNTS)
        printing.answer(frame, zone=settings.zone, lang=lang, format="json")
