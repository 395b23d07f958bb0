"""The command that says why a rate changed between two periods."""

from dataclasses import asdict, dataclass, replace
from typing import Final

import polars as pl

from sms_analytics.cli import speaking
from sms_analytics.cli.actions.session import Session, opened
from sms_analytics.cli.options import Form, Language, RateOfSent, Source
from sms_analytics.questions import completeness, metrics
from sms_analytics.questions.changes import Periods, compared
from sms_analytics.questions.changes import changes as changes_of
from sms_analytics.questions.decomposition import TERMS, total_rates
from sms_analytics.questions.filters import Filters
from sms_analytics.text import output
from sms_analytics.text.labels import label
from sms_analytics.text.phrases import filled, heading

#: Figures of the table, those that answer the question first.
_SHOWN: Final = (
    *("sent_before", "sent", "rate_before", "rate", "change", "change_low", "change_high", "verdict", "effect", "mix", "silence", "delivery"),
    *("q", "detectable", "coverage_before", "coverage", "rate_answered_before", "rate_answered", "share_before", "share"),
    *("provisional_before", "provisional"),
)
_ROUNDING: Final = 1e-9
#: Shown only where there are any.
_SELDOM: Final = ("outage_before", "outage", "left_out_before", "left_out")


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
        periods = compared(session.connection, **asdict(span), **asked.without_period)
        speaking.warn(metrics.notes(session.connection, by, lang=session.lang, since=span.since, until=span.until, **asked.without_period))
        speaking.warn(_missing(periods, session))
    groups = frame.columns[: frame.columns.index("sent_before")]
    shown = [*_SHOWN, *(name for name in _SELDOM if frame[name].sum())]
    session.answer(
        frame,
        sheet="changes",
        shown=session.shown(frame.select(*groups, *shown)),
        summary=[*_periods(periods, session), *_outages(frame, session.lang), _total(frame, rate, session.lang)],
        keys=len(groups),
    )


def _periods(periods: Periods, session: Session) -> list[str]:
    """Both periods, and as of when the earlier one is seen."""
    ends = ("since", "until", "before_since", "before_until")
    times = {name: output.local_time(getattr(periods, name), session.zone) for name in ends}
    said = [label("comparison.periods", session.lang).format(zone=session.zone, **times)]
    ages = sorted(set(periods.before_as_of.values()))
    if ages:
        first, last = (output.local_time(age, session.zone) for age in (ages[0], ages[-1]))
        key = "same_age" if first == last else "same_age_by_feed"
        said.append(label(f"comparison.{key}", session.lang).format(as_of=last, first=first, last=last))
    return said


def _missing(periods: Periods, session: Session) -> list[str]:
    """The feeds that are not compared, and why."""
    return [completeness.in_words(one, session.zone, session.lang, session.named(one.feed)) for one in periods.missing]


def _outages(frame: pl.DataFrame, lang: Language) -> list[str]:
    before, after = int(frame["outage_before"].sum()), int(frame["outage"].sum())
    return [filled(label("comparison.outage", lang), before=before, after=after)] if before or after else []


def _total(frame: pl.DataFrame, rate: RateOfSent, lang: Language) -> str:
    """The change of all groups that are compared, and the three sums that it consists of."""
    name = heading(rate, lang)
    if not frame["share_before"].sum() or not frame["share"].sum():
        return label("comparison.no_total", lang).format(rate=name)
    before, now = total_rates(frame, rate)
    if any(_differs(frame, rate, of_all, suffix) for suffix, of_all in (("_before", before), ("", now))):
        name = label("comparison.with_partly", lang).format(rate=name)
    return label("comparison.total", lang).format(
        rate=name,
        before=output.percent(before, lang),
        after=output.percent(now, lang),
        change=output.points(float(frame["effect"].sum()), lang),
        **{term: output.points(float(frame[term].sum()), lang) for term in TERMS},
    )


def _differs(frame: pl.DataFrame, rate: RateOfSent, of_all: float, suffix: str) -> bool:
    """Whether messages that are partly confirmed make the rate of all another one than that of the table."""
    return rate == "rate_confirmed" and abs(float((frame[f"share{suffix}"] * frame[f"rate{suffix}"]).sum()) - of_all) > _ROUNDING
