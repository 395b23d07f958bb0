"""The command that says why a rate changed between two periods."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from sms_analytics.cli import speaking
from sms_analytics.cli.options import Language
from sms_analytics.cli.work_answers import Filters, Session, Wanted, opened
from sms_analytics.questions import metrics
from sms_analytics.questions.changes import Periods, RateOfSent, compared
from sms_analytics.questions.changes import changes as changes_of
from sms_analytics.text import output
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import heading

#: Figures of the table, those that answer the question first.
_SHOWN: Final = (
    *("sent_before", "sent", "rate_before", "rate", "change", "change_low", "change_high", "effect", "mix_effect", "rate_effect"),
    *("share_before", "share", "provisional_before", "provisional"),
)


@dataclass(frozen=True)
class Span:
    """The period that is asked about and the one it is compared with; None: as long, and just before."""

    since: str
    until: str
    before_since: str | None
    before_until: str | None
    as_of: str | None
    same_age: bool


def changes(by: str, rate: RateOfSent, span: Span, asked: Filters, wanted: Wanted) -> None:
    """What each group did to the change of the rate; above the table both periods and the change of all groups together."""
    which: dict[str, Any] = {"account": asked.account, "campaign": asked.campaign, "where": asked.where, "receipts_only": asked.receipts_only}
    with opened(wanted) as session:
        frame = changes_of(session.connection, by, rate=rate, zone=session.zone, **asdict(span), **which)
        periods = compared(session.connection, zone=session.zone, **asdict(span))
        speaking.warn(
            metrics.notes(session.connection, by, since=span.since, until=span.until, as_of=span.as_of, zone=session.zone, lang=session.lang, **which)
        )
    groups = frame.columns[: frame.columns.index("sent_before")]
    session.answer(
        frame,
        sheet="changes",
        shown=session.shown(frame.select(*groups, *_SHOWN)),
        above=[*_periods(periods, session), _total(frame, rate, session.lang)],
        keys=len(groups),
    )


def _periods(periods: Periods, session: Session) -> list[str]:
    """Both periods, and as of when the earlier one is seen."""
    ends = ("since", "until", "before_since", "before_until")
    times = {name: output.local_time(getattr(periods, name), session.zone) for name in ends}
    told = [label("comparison.periods", session.lang).format(zone=session.zone, **times)]
    if periods.before_as_of != periods.as_of:
        as_of = output.local_time(periods.before_as_of, session.zone)
        told.append(label("comparison.same_age", session.lang).format(as_of=as_of))
    return told


def _total(frame: pl.DataFrame, rate: RateOfSent, lang: Language) -> str:
    """The change of all groups that are compared, and the two sums that it consists of."""
    name = heading(rate, lang)
    if not frame["share_before"].sum() or not frame["share"].sum():
        return label("comparison.no_total", lang).format(rate=name)
    before, now = (float((frame[f"share{suffix}"] * frame[f"rate{suffix}"]).sum()) for suffix in ("_before", ""))
    sums = {key: float(frame[column].sum()) for key, column in {"change": "effect", "mix": "mix_effect", "own": "rate_effect"}.items()}
    return label("comparison.total", lang).format(
        rate=name,
        before=output.percent(before, lang),
        after=output.percent(now, lang),
        **{key: output.points(value, lang) for key, value in sums.items()},
    )
