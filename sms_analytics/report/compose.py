"""Figures to a document: the sections of a report in their order, each only where it has something to say."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import polars as pl

from sms_analytics.config import Config
from sms_analytics.report import appendix, cube, folding, more_tables, pictures, tables, terms, trend, written
from sms_analytics.report.data import Figures
from sms_analytics.report.document import Column, Document, Messages, Section, Table
from sms_analytics.report.finding import Teller
from sms_analytics.report.origin import Origin
from sms_analytics.report.partly import total_rates
from sms_analytics.text.labels import Lang, label, labels
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, NOT_SENT, SHARES_WITHIN

NAME: Final = "sms-analytics"


@dataclass(frozen=True)
class Subject:
    """Who and what a report is about: a customer by name (None: everybody) and a send-out by name (None: all)."""

    customer: str | None
    campaign: str | None

    @property
    def whole(self) -> bool:
        return self.customer is None and self.campaign is None


def document(
    figures: Figures,
    origin: Origin,
    subject: Subject,
    settings: Config,
    *,
    lang: Lang,
    zone: str,
    compared: bool,
    masked: bool,
    messages: Messages | None,
    unmapped: pl.DataFrame | None = None,
) -> Document:
    """The report in one language. `compared`: a period before was asked for. With `unmapped`, words without meaning, it has the sender's appendix."""
    teller = Teller(figures, lang, zone)
    composer = _Composer(figures, origin, subject, minimum=settings.report.minimum, lang=lang, zone=zone)
    customer = subject.customer or label("report.everyone", lang)
    # A send-out's report is named after it; whose it is stands below.
    about = [] if subject.campaign is None else [customer]
    made = label("report.made_with", lang).format(name=NAME, version=version(NAME))
    return Document(
        lang=lang,
        zone=zone,
        title=label("report.title" if subject.campaign is None else "report.title_send_out", lang),
        customer=subject.campaign or customer,
        subtitle=" · ".join([*about, teller.period()]),
        brand=settings.brand.name,
        as_of_utc=figures.as_of,
        as_of=label("report.as_of", lang).format(moment=written.moment(figures.as_of, zone, lang), zone=zone),
        freshness=teller.freshness(),
        comparison=teller.comparison(compared),
        warnings=teller.warnings(),
        finding=teller.finding(),
        cards=teller.cards(),
        hero=composer.hero(),
        sections=composer.sections(),
        definitions=_definitions(lang, zone, masked=masked),
        quality=composer.quality(),
        footer=made,
        messages=messages,
        cube=cube.of(figures.cells, figures.part, minimum=settings.report.minimum, lang=lang) if figures.total["messages"].item() else None,
        numbers=None if messages is None else more_tables.unreachable(figures.unreachable, masked=masked, most=settings.report.messages, lang=lang),
        appendix=() if unmapped is None else appendix.sections(figures, origin, teller, unmapped, whole=subject.whole, lang=lang),
    )


def _definitions(lang: Lang, zone: str, *, masked: bool) -> tuple[tuple[str, str], ...]:
    words, meanings = labels("report_term", lang), labels("report_definition", lang)
    return tuple((words[key], meaning.format(zone=zone)) for key, meaning in meanings.items() if masked or key != "masked")


class _Composer:
    def __init__(self, figures: Figures, origin: Origin, subject: Subject, *, minimum: int, lang: Lang, zone: str) -> None:
        self._figures = figures
        self._origin = origin
        self._subject = subject
        self._minimum = minimum
        self._lang = lang
        self._zone = zone

    def _text(self, key: str, **values: object) -> str:
        return label(key, self._lang).format(**values)

    def _count(self, number: Any) -> str:
        return written.count(number, self._lang)

    def _section(self, key: str, *leads: str, picture: Any = None, tables: tuple[Table, ...] = ()) -> Section:
        return Section(key, self._text(f"report_section.{key}"), tuple(lead for lead in leads if lead), picture, tables)

    def hero(self) -> Any:
        """The chart of page one: how soon a send-out arrived; how delivery went over time; or, where that says nothing, each operator."""
        if self._subject.campaign is not None and self._figures.curve is not None:
            return pictures.arrival(self._figures.curve, self._lang)
        if self._figures.trend is not None:
            return trend.picture(self._figures.trend, self._figures.outages, self._zone, self._lang)
        return pictures.of_groups(self._figures.operators, "operator", self._lang) if self._figures.total["sent"].item() else None

    def sections(self) -> tuple[Section, ...]:
        """What follows page one."""
        of_all = (self._operators, self._countries, self._reasons, self._over_time, self._campaigns)
        also = (self._parts, self._costs, self._premium, self._changes, self._gaps)
        of_one = (self._funnel, self._arrival, self._reasons, self._operators, self._countries, self._over_time)
        asked = (self._customers, *of_all, *also) if self._subject.campaign is None else (*of_one, *also)
        parts = [section() for section in asked]
        return tuple(section for section in parts if section is not None)

    def _customers(self) -> Section | None:
        if not self._figures.customers.height:
            return None
        months = more_tables.months(self._figures.customer_months, self._lang)
        return self._section("customers", self._text("report_lead.customers"), tables=(self._of_groups("account"), *months))

    def _funnel(self) -> Section:
        now = self._figures.total.row(0, named=True)
        counts = {
            "messages": now["messages"],
            "sent": now["sent"],
            "answered": sum(now[name] for name in ANSWERED_OUTCOMES),
            "delivered": now["delivered"],
        }
        steps = [(self._text(f"report_step.{name}"), int(count)) for name, count in counts.items()]
        picture = pictures.funnel(steps, self._lang) if now["sent"] else None
        return self._section("funnel", self._text("report_lead.funnel"), picture=picture, tables=(more_tables.funnel(steps, self._lang),))

    def _arrival(self) -> Section | None:
        within = self._figures.latency.filter((pl.col("clock") == "phone") & pl.col("share_1m").is_not_null())
        if within.is_empty():
            return None
        rows = tuple((written.seconds(length, self._lang), within[name].item()) for name, length in SHARES_WITHIN.items())
        heads = (Column(self._text("report_column.after"), "text", 1.5), Column(self._text("report_column.rate_confirmed"), "share"))
        table = Table("arrival", self._text("report_section.arrival"), heads, rows)
        return self._section("arrival", self._text("report_lead.arrival", sent=self._count(self._figures.total["sent"].item())), tables=(table,))

    def _costs(self) -> Section | None:
        frame = self._figures.costs
        if frame.is_empty() or not frame["priced"].sum():
            return None
        return self._section("costs", self._text("report_lead.costs"), tables=(more_tables.costs(frame, self._lang),))

    def _operators(self) -> Section:
        frame = self._figures.operators
        picture = pictures.of_groups(frame, "operator", self._lang) if frame.height > 1 and frame["sent"].sum() else None
        reported = more_tables.capabilities(self._figures.capabilities, self._minimum, self._lang)
        shown = (self._of_groups("operator"), *([reported] if reported.rows else []))
        return self._section("operators", self._text("report_lead.operators"), picture=picture, tables=shown)

    def _countries(self) -> Section:
        frame = self._figures.countries
        picture = pictures.of_groups(frame, "country", self._lang) if frame.height > 1 and frame["sent"].sum() else None
        return self._section("countries", self._text("report_lead.countries"), picture=picture, tables=(self._of_groups("country"),))

    def _of_groups(self, dimension: str) -> Table:
        latency = self._figures.latency.filter(pl.col("clock") == "phone").select("median_s")
        total = self._figures.total.with_columns(median_s=pl.lit(latency.item() if latency.height else None, pl.Float64))
        frame = self._figures.customers if dimension == "account" else self._figures.listed[dimension]
        return tables.of_groups(frame, dimension, total, self._lang)

    def _reasons(self) -> Section:
        frame = self._figures.reasons
        if frame.is_empty():
            return self._section("reasons", self._text("report_lead.reasons.none"))
        picture = pictures.reasons(frame, self._lang) if frame.filter(pl.col("messages") > 0).height > 1 else None
        every = self._figures.every_reason
        folded = self._text("report_lead.reasons.folded", minimum=self._minimum) if picture is not None and every.height > frame.height else ""
        off = self._figures.unreachable.height
        numbers = (
            self._text("report_lead.reasons.unreachable" if off != 1 else "report_lead.reasons.unreachable.one", count=self._count(off))
            if off
            else ""
        )
        shown = (tables.reasons(every, self._lang),)
        return self._section("reasons", self._text("report_lead.reasons"), folded, numbers, picture=picture, tables=shown)

    def _over_time(self) -> Section | None:
        if self._figures.every_period.height < 2:
            return None
        forecast = self._figures.forecast
        picture = (
            pictures.volume(self._figures.every_period, self._figures.unit, self._lang)
            if forecast is None
            else pictures.over_time(self._figures.over_time, self._figures.unit, self._lang, forecast=forecast)
        )
        table = tables.over_time(self._figures, self._lang)
        return self._section("over_time", self._text("report_lead.over_time"), picture=picture, tables=(table,))

    def _campaigns(self) -> Section | None:
        frame = self._figures.campaigns
        if not frame["campaign"].drop_nulls().len():
            return None
        largest = self._text("report_lead.campaigns.largest", most=folding.MOST) if frame.height > folding.MOST else ""
        return self._section("campaigns", self._text("report_lead.campaigns"), largest, tables=(self._of_groups("campaign"),))

    def _parts(self) -> Section:
        frame = self._figures.parts
        long = frame.filter(pl.col("parts") > 1)
        if long.is_empty():
            return self._section("parts", self._text("report_lead.parts.none"))
        counts = {
            "long": self._count(long["messages"].sum()),
            "messages": self._count(frame["messages"].sum()),
            "parts": self._count((frame["messages"] * frame["parts"]).sum()),
        }
        return self._section("parts", self._text("report_lead.parts", **counts), tables=(tables.parts(frame, self._lang),))

    def _premium(self) -> Section | None:
        frame = self._figures.premium
        if frame.is_empty():
            return None
        at_risk = float(frame.filter(pl.col("charge") == "at_risk")["amount"].sum())
        lead = self._text("report_lead.premium" if at_risk else "report_lead.premium.safe", amount=written.money(at_risk, self._lang))
        return self._section("premium", lead, tables=(tables.premium(frame, self._lang),))

    def _changes(self) -> Section | None:
        operators, countries = self._figures.changed_operators, self._figures.changed_countries
        if operators is None or countries is None or not operators["effect"].drop_nulls().len():
            return None
        known = operators.drop_nulls("effect")
        before, after = (rate or 0.0 for rate in total_rates(operators))
        change = self._text("report.points", value=written.points(after - before, self._lang))
        told = {"before": written.share(before, self._lang), "after": written.share(after, self._lang), "change": change}
        left_out = self._text("report_lead.changes.excluded") if known.height < operators.height else ""
        silences = pl.concat([self._figures.outages_before, self._figures.outages]).select("start_utc", "end_utc").iter_rows()
        spans = "; ".join(written.span(first, last, self._zone, self._lang) for first, last in silences)
        silent = self._text("report_lead.changes.outage", span=spans) if spans else ""
        shown = [tables.changes(operators, "operator", self._lang)]
        if countries.drop_nulls("effect").height > 1:
            shown.append(tables.changes(countries, "country", self._lang))
        picture = pictures.effects(operators, "operator", self._lang) if known.height > 1 else None
        return self._section("changes", self._text("report_lead.changes", **told), silent, left_out, picture=picture, tables=tuple(shown))

    def _gaps(self) -> Section:
        count = self._figures.total["no_status"].item()
        if not count:
            return self._section("gaps", self._text("report_lead.gaps.none"))
        return self._section("gaps", self._text("report_lead.gaps", gaps=self._count(count)), tables=tables.gaps(self._figures, self._lang))

    def quality(self) -> Section:
        """What the report stands on: sums that add up, clocks, files."""
        return self._section("quality", self._text("report_lead.quality"), tables=(self._facts(),))

    def _facts(self) -> Table:
        now = terms.in_terms(self._figures.total).row(0, named=True)
        marks = self._figures.marks.row(0, named=True)
        facts = {
            "messages": self._count(now["messages"]),
            "sums": self._sum("sum_messages", "messages", ("sent", *NOT_SENT), now),
            "sum_of_sent": self._sum("sum_sent", "sent", terms.OF_SENT, now),
            "first": written.moment(self._figures.first_utc, self._zone, self._lang),
            "last": written.moment(self._figures.last_utc, self._zone, self._lang),
            "as_of": written.moment(self._figures.as_of, self._zone, self._lang),
            "zone": self._zone,
            "late": self._count(marks["late"]),
            "conflict": self._count(marks["conflict"]),
            "minimum": self._text("report_quality.minimum_text", minimum=self._minimum),
        }
        rows = tuple((self._text(f"report_quality.{key}"), value) for key, value in facts.items())
        columns = (Column(self._text("report_column.what"), "text", 1.0), Column(self._text("report_column.value"), "text", 3.0))
        return Table("facts", self._text("report_section.facts"), columns, rows)

    def _sum(self, key: str, whole: str, terms: tuple[str, ...], counts: dict[str, int]) -> str:
        named = [f"{self._count(counts[term])} {self._term(term)}" for term in terms if counts[term]]
        return self._text(f"report_quality.{key}", **{whole: self._count(counts[whole])}, terms=" + ".join(named) or "0")

    def _term(self, name: str) -> str:
        """A count under the name that it has in all tables."""
        known = labels("report_column", self._lang)
        return (known.get(name) or label(f"column.{name}", self._lang)).lower()
