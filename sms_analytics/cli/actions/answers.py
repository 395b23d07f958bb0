"""The commands that read a database."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import polars as pl

from sms_analytics import vocabulary
from sms_analytics.cli import printing, speaking
from sms_analytics.cli.actions.session import Session, opened
from sms_analytics.cli.options import Form, Interval, Source
from sms_analytics.questions import metrics
from sms_analytics.questions.filters import Filters, Moment
from sms_analytics.questions.gaps import gaps, outages
from sms_analytics.questions.waits import latency
from sms_analytics.text import output
from sms_analytics.text.phrases import phrase

_QUESTIONS: Final[dict[str, Callable[..., pl.DataFrame]]] = {
    "rates": metrics.rates,
    "reasons": metrics.reasons,
    "gaps": gaps,
}
#: The first column of each answer that is not a group's.
_FIRST_FIGURE: Final = {"rates": "messages", "reasons": "messages", "latency": "sent", "gaps": "gaps"}
#: What a reader must know of the rates concerns every share of sent messages.
_NOTED: Final = ("rates", "reasons", "gaps")


def question(name: str, by: str, filters: Filters, source: Source, form: Form, *, assume: bool = False, interval: Interval | None = None) -> None:
    """Rates, reasons, latency or gaps; `assume`: with the rates that assume something of the silent messages."""
    own = {} if interval is None else {"interval": interval}
    with opened(source, form) as session:
        asked = replace(filters, zone=session.zone)
        frame = _QUESTIONS[name](session.connection, by=by, **own, **asked.options)
        if name in _NOTED:
            groups = by if name == "rates" else ()
            speaking.warn(metrics.notes(session.connection, by=groups, lang=session.lang, **asked.options))
        if name == "gaps":
            speaking.warn(_outages(session, filters.as_of))
    shown = session.shown(_figures_first(frame, assume=assume) if name == "rates" else frame)
    session.answer(
        frame,
        sheet=name,
        shown=shown,
        summary=output.headline(frame, session.lang) if name == "rates" else (),
        keys=shown.columns.index(_FIRST_FIGURE[name]),
    )


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


def _outages(session: Session, as_of: Moment | None) -> list[str]:
    found = outages(session.connection, as_of=as_of, zone=session.zone)
    return [
        phrase(
            "outage",
            session.lang,
            session.named(feed),
            count,
            output.local_time(first, session.zone),
            output.local_time(last, session.zone),
            session.zone,
        )
        for feed, first, last, count in found.select("feed", "first_utc", "last_utc", "messages").iter_rows()
    ]
