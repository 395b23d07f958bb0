"""The command that says why a rate changed between two periods."""

from dataclasses import asdict, dataclass, replace
from typing import Final

import polars as pl

from sms_analytics.cli import speaking
from sms_analytics.cli.actions.session import Session, opened
from sms_analytics.cli.options import Form, Language, RateOfSent, Source
from sms_analytics.questions import metrics
from sms_analytics.questions.changes import Periods, compared
from sms_analytics.questions.changes import changes as changes_of
from sms_analytics.questions.filters import Filters
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
    same_age: bool


def changes(by: str, rate: RateOfSent, span: Span, filters: Filters, *, source: Source, form: Form) -> None:
    """What each group did to the change of the rate; above the table both periods and the change of all groups together."""
    with opened(source, form) as session:
        asked = replace(filters, zone=session.zone)
        frame = changes_of(session.connection, by, rate=rate, **asdict(span), **asked.without_period)
        periods = compared(session.connection, as_of=asked.as_of, zone=asked.zone, **asdict(span))
        speaking.warn(metrics.notes(session.connection, by, lang=session.lang, since=span.since, until=span.until, **asked.without_period))
    groups = frame.columns[: frame.columns.index("sent_before")]
    session.answer(
        frame,
        sheet="changes",
        shown=session.shown(frame.select(*groups, *_SHOWN)),
        summary=[*_periods(periods, session), _total(frame, rate, session.lang)],
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
