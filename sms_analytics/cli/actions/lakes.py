"""The commands for lakes."""

from pathlib import Path
from typing import Any

from sms_analytics import config as configuration
from sms_analytics import extras
from sms_analytics.cli import speaking
from sms_analytics.cli.actions import logs
from sms_analytics.cli.options import Language, Source
from sms_analytics.commands.exporting import export as write_lake
from sms_analytics.database import store
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import filled


def export(folder: Path, source: Source) -> None:
    """Writes the database as a lake."""
    settings = configuration.read(source.config, beside=(source.db or store.default_path()).parent)
    done = write_lake(folder, db=source.db)
    speaking.say(filled(label("lake.exported", source.lang or settings.lang), done.events, done.messages, done.files, folder=done.folder))


def load(paths: list[str], out: Path, config: Path | None, keywords: dict[str, Any], *, master: str | None, json: bool) -> None:
    """Loads into a lake, and reports what became of every file."""
    extras.require("spark", "sms-analytics spark load")
    from sms_analytics.spark import sessions  # noqa: PLC0415  # an extra
    from sms_analytics.spark.arrivals import load as load_on_spark  # noqa: PLC0415

    settings = configuration.read(config, beside=out.resolve().parent)
    with sessions.opened(master) as session:
        report = load_on_spark(session, paths, out, config=config, **keywords)
    logs.show_loaded(report, settings, json=json)


def resolve(lake: Path, config: Path | None, lang: Language | None, *, master: str | None) -> None:
    """Resolves a lake."""
    extras.require("spark", "sms-analytics spark resolve")
    from sms_analytics.spark import sessions  # noqa: PLC0415  # an extra
    from sms_analytics.spark.settling import resolve as resolve_on_spark  # noqa: PLC0415

    settings = configuration.read(config, beside=lake.resolve().parent)
    with sessions.opened(master) as session:
        report = resolve_on_spark(session, lake, config=config)
    speaking.warn(report.warnings)
    speaking.say(filled(label("lake.resolved", lang or settings.lang), report.events, report.messages))
