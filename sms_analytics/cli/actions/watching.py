"""The commands that watch over the figures: what proves them, whether they add up, and rules for cron."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import typer

from sms_analytics import config as configuration
from sms_analytics.cli import printing, speaking
from sms_analytics.cli.actions.session import opened
from sms_analytics.cli.options import Form, Source
from sms_analytics.commands.alarms import check as check_rules
from sms_analytics.commands.proving import ProofReport
from sms_analytics.commands.proving import proof as bring
from sms_analytics.database import store
from sms_analytics.errors import NoDataError
from sms_analytics.questions.arrival import proven
from sms_analytics.questions.filters import Moment
from sms_analytics.questions.sums import reconcile as reconciled
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.text.phrases import filled
from sms_analytics.vocabulary import ProofKind

_COUNTS: Final = ("records", "accepted", "skipped", "rejected")


def proof(files: list[str], source: Source, time_zone: str | None, kind: ProofKind | None, window: str | None, *, json: bool) -> None:
    """Brings the files, says what became of their rows, and shows how true the receipts are."""
    report = bring(files, db=source.db, config=source.config, time_zone=time_zone, kind=kind)
    with opened(source) as session:
        _say(report, session.lang)
        try:
            frame = proven(session.connection, window=window, zone=session.zone)
        except NoDataError:
            frame = pl.DataFrame()
        if frame.width:
            printing.answer(frame, zone=session.zone, lang=session.lang, format="json" if json else None, shown=session.shown(frame), keys=1)
    for fault in report.faults:
        speaking.fail(fault)
    if report.faults:
        raise typer.Exit(1)


def _say(report: ProofReport, lang: Lang) -> None:
    for file in report.files:
        if file.known:
            speaking.say(label("proof.known", lang).format(file=file.path))
        else:
            speaking.say(filled(label("proof.brought", lang), file=file.path, **{name: getattr(file, name) for name in _COUNTS}))
        speaking.warn(file.faults)


def reconcile(since: Moment | None, until: Moment | None, source: Source, form: Form) -> None:
    """Every sum; exit code 1 where one does not hold."""
    with opened(source, form) as session:
        frame = reconciled(session.connection, since=since, until=until, zone=session.zone)
    wrong = frame.filter(~pl.col("holds")).height
    compared = frame.drop_nulls("holds").height
    key = "reconcile.wrong" if wrong else "reconcile.all_hold"
    named = frame.with_columns(what=pl.col("what").replace(labels("reconciled", session.lang)))
    session.answer(frame, sheet="reconcile", shown=named, summary=[filled(label(key, session.lang), *([wrong] if wrong else []), compared)], keys=2)
    if wrong:
        raise typer.Exit(1)


@dataclass(frozen=True)
class Asked:
    """What `check` is to do beside judging."""

    rules: Path | None
    prometheus: Path | None
    webhook: str | None
    at: str | None
    everything: bool


def check(asked: Asked, source: Source, *, json: bool) -> None:
    """Judges the rules; cron mails what stands on standard output, so that is only what is new."""
    report = check_rules(
        db=source.db,
        rules=asked.rules,
        config=source.config,
        at=asked.at,
        prometheus=asked.prometheus,
        webhook=asked.webhook,
        zone=source.zone,
        lang=source.lang,
    )
    if json:
        settings = configuration.read(source.config, beside=(source.db or store.default_path()).parent)
        printing.answer(report.frame, zone=source.zone or settings.zone, lang=source.lang or settings.lang, format="json")
    else:
        shown = report.alarms if asked.everything or printing.width() is not None else report.news
        if shown:
            printing.show("\n".join(alarm.sentence for alarm in shown))
    if report.broken:
        raise typer.Exit(1)
