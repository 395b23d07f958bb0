"""The commands that read a database."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import polars as pl

from sms_analytics import vocabulary
from sms_analytics.cli import printing, speaking
from sms_analytics.cli.actions.session import Session, opened
from sms_analytics.cli.options import Form, Interval, Language, Source
from sms_analytics.questions import kept_days, metrics
from sms_analytics.questions.arrival import proven as proven_of
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.gaps import gaps
from sms_analytics.questions.operator_reports import REPORTED, REPORTING_ABSENCE, capabilities
from sms_analytics.questions.outages import COUNTS, outages
from sms_analytics.questions.waits import latency as latency_of
from sms_analytics.questions.young_days import revisions as revisions_of
from sms_analytics.text import output
from sms_analytics.text.labels import label
from sms_analytics.text.outage_sentences import outage_sentence

_QUESTIONS: Final[dict[str, Callable[..., pl.DataFrame]]] = {
    "rates": metrics.rates,
    "reasons": metrics.reasons,
    "gaps": gaps,
}
#: The first column of each answer that is not a group's.
_FIRST_FIGURE: Final = {"rates": "messages", "reasons": "messages", "gaps": "gaps"}
#: What a reader must know of the rates concerns every share of sent messages.
_NOTED: Final = ("rates", "reasons", "gaps")


def question(name: str, by: str, filters: Filters, source: Source, form: Form, *, assume: bool = False, interval: Interval | None = None) -> None:
    """Rates, reasons or gaps; `assume`: with the rates that assume something of the silent messages."""
    own = {} if interval is None else {"interval": interval}
    with opened(source, form) as session:
        asked = replace(filters, zone=session.zone)
        frame = _QUESTIONS[name](session.connection, by=by, **own, **asked.options)
        if name in _NOTED:
            groups = by if name == "rates" else ()
            speaking.warn(metrics.notes(session.connection, by=groups, lang=session.lang, **asked.options))
        if name == "gaps":
            speaking.warn(_outages_in_words(session, asked))
        told = _only_reported(session, frame) if name == "rates" and "operator" in frame.columns else frame
    shown = session.shown(_figures_first(told, assume=assume) if name == "rates" else frame)
    session.answer(
        frame,
        sheet=name,
        shown=shown,
        summary=output.headline(frame, session.lang) if name == "rates" else (),
        keys=shown.columns.index(_FIRST_FIGURE[name]),
    )


def latency(by: str, filters: Filters, source: Source, form: Form, *, curve: bool) -> None:
    """How long delivery took: a table has the interval of each share beside it, in one column."""
    with opened(source, form) as session:
        asked = replace(filters, zone=session.zone)
        frame = latency_of(session.connection, by, curve=curve, **asked.options)
        speaking.warn(kept_days.notes(session.connection, asked, session.lang))
    shown = session.shown(_with_intervals(frame, session.lang))
    session.answer(frame, sheet="latency", shown=shown, keys=shown.columns.index("clock") + 1)


def _with_intervals(frame: pl.DataFrame, lang: Language) -> pl.DataFrame:
    """Each share with its interval as one text: `94.1% (93.5–94.7)`."""
    shares = [name for name in (*vocabulary.SHARES_WITHIN, "share_delivered") if f"{name}_low" in frame.columns]
    texts = [pl.Series(name, [_interval(row, lang) for row in frame.select(name, f"{name}_low", f"{name}_high").iter_rows()]) for name in shares]
    ends = [f"{name}_{end}" for name in shares for end in ("low", "high")]
    return frame.with_columns(*(text.cast(pl.String) for text in texts)).drop(ends)


def _interval(row: tuple[float | None, ...], lang: Language) -> str | None:
    share, low, high = row
    if share is None or low is None or high is None:
        return None
    ends = "–".join(output.percent(end, lang).removesuffix("%").rstrip() for end in (low, high))
    return f"{output.percent(share, lang)} ({ends})"


def revisions(by: str, filters: Filters, source: Source, form: Form) -> None:
    """Where young days will end."""
    with opened(source, form) as session:
        frame = revisions_of(session.connection, by, **replace(filters, zone=session.zone).options)
    summary = [label("chart.forecast_falls", session.lang)] if frame.height else []
    whole = frame.with_columns(pl.col(name).round(1) for name in frame.columns if name.startswith(("delivered_", "failed_")))
    session.answer(frame, sheet="revisions", shown=session.shown(whole), summary=summary, keys=frame.columns.index("age"))


def proven(by: str, filters: Filters, source: Source, form: Form, *, window: str | None) -> None:
    """How true the receipts are."""
    with opened(source, form) as session:
        frame = proven_of(session.connection, by, window=window, **replace(filters, zone=session.zone).options)
    session.answer(frame, sheet="proven", shown=session.shown(frame), keys=frame.columns.index("sent"))


def _figures_first(rates: pl.DataFrame, *, assume: bool) -> pl.DataFrame:
    """The rates before the counts behind them, those that assume something only where that is asked for; on a terminal without the counts that are 0
    in every row (the sums above leave them out too).
    """
    groups = [name for name in rates.columns if name not in (*metrics.COUNTS, *metrics.RATES)]
    beside = ["receipts_only", "receipts_only_answered"]
    known = [name for name in metrics.RATES if name not in (*vocabulary.ASSUMED, "receipts_only_answered")]
    first = ["messages", "sent", *known, *(vocabulary.ASSUMED if assume else ()), "provisional"]
    rest = [name for name in metrics.COUNTS if name not in (*first, *beside)]
    if printing.width() is not None:
        rest = [name for name in rest if rates[name].sum()]
        beside = beside if rates["receipts_only"].sum() else []
    rest += beside
    return rates.select(*groups, *first, *rest)


def _only_reported(session: Session, rates: pl.DataFrame) -> pl.DataFrame:
    """Without a count of phones out of coverage where the operator never tells of any: that is not 0."""
    reporting = {operator for operator, _ in session.connection.execute(REPORTING_ABSENCE).fetchall()}
    never = ~pl.col("operator").is_in(reporting - {None}) if None in reporting else ~pl.col("operator").is_in(reporting).fill_null(value=False)
    return rates.with_columns(out_of_coverage=pl.when(never.fill_null(value=False)).then(None).otherwise("out_of_coverage"))


def list_capabilities(filters: Filters, source: Source, form: Form) -> None:
    """What each operator and country is able to report."""
    with opened(source, form) as session:
        frame = capabilities(session.connection, **replace(filters, zone=session.zone).options)
    never = label("output.not_reported", session.lang)
    in_words = [pl.col(status).cast(pl.String).fill_null(never).alias(f"says_{status}") for status in REPORTED]
    clock = [name for name in frame.columns if name.startswith("clock_")]
    shown = frame.select("operator", "country", "messages", "coverage", *in_words, *clock)
    session.answer(frame, sheet="capabilities", shown=session.shown(shown.rename({"clock_precision": "time_precision"})), keys=2)


def _outages_in_words(session: Session, filters: Filters) -> list[str]:
    found = outages(session.connection, **filters.options).filter(COUNTS)
    return [outage_sentence(row, session.named(row["feed"]), session.zone, session.lang) for row in found.to_dicts()]


def list_outages(filters: Filters, source: Source, form: Form) -> None:
    """Times in which a feed's receipts stayed away or came late."""
    with opened(source, form) as session:
        frame = outages(session.connection, **replace(filters, zone=session.zone).options)
    session.answer(frame, sheet="outages", shown=session.shown(frame.rename({"kind": "outage_kind"})), keys=4)
