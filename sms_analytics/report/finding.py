"""What a report says first: warnings, the finding in two sentences, the key figures, and how fresh they are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl

from sms_analytics.questions import completeness
from sms_analytics.questions.undecided import line_of, settled_by
from sms_analytics.report import folding, written
from sms_analytics.report.data import Figures
from sms_analytics.report.document import Card
from sms_analytics.report.group_names import named
from sms_analytics.report.origin import Origin
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.zones import local
from sms_analytics.vocabulary import ANSWERED_OUTCOMES

#: A feed that answered none of so many messages is worth a warning.
_ENOUGH = 20
#: What concerns so large a part of the messages changes how figures are read.
_LARGE = 0.01


class Teller:
    """Texts about figures in one language and zone."""

    def __init__(self, figures: Figures, lang: Lang, zone: str) -> None:
        self._figures = figures
        self._lang = lang
        self._zone = zone
        self._now: dict[str, Any] = figures.total.row(0, named=True)
        self._before: dict[str, Any] | None = None if figures.before is None else figures.before.row(0, named=True)

    def _say(self, key: str, **values: object) -> str:
        return label(key, self._lang).format(**values)

    def _say_count(self, key: str, count: int, **values: object) -> str:
        """The text about so many; about one has words of its own."""
        return self._say(f"{key}.one" if count == 1 else key, count=self._count(count), **values)

    def _count(self, number: float) -> str:
        return written.count(number, self._lang)

    def _share(self, value: float | None) -> str:
        return written.share(value, self._lang)

    def _moment(self, utc: Any) -> str:
        return written.moment(utc, self._zone, self._lang)

    def period(self) -> str:
        """The period in words: whole days where it has such."""
        return self._days(self._figures.period or None)

    def _days(self, period: Any) -> str:
        if period is None:
            first, last = (local(moment, self._zone) for moment in (self._figures.first_utc, self._figures.last_utc))
            return written.days(first.date(), last.date(), self._lang)
        first, end = (local(moment, self._zone) for moment in (period.since, period.until))
        if (first.hour, first.minute, end.hour, end.minute) == (0, 0, 0, 0):
            return written.days(first.date(), end.date() - timedelta(days=1), self._lang)
        return f"{self._moment(period.since)} – {self._moment(period.until)}"

    def freshness(self) -> str:
        """What can still change."""
        if self._now["provisional"]:
            return self._say_count("report.provisional", self._now["provisional"], sent=self._count(self._now["sent"]))
        return self._say("report.all_final")

    def comparison(self, asked: bool) -> str:
        """What the changes are measured against."""
        if self._figures.earlier is not None:
            return self._say("report.compared", period=self._days(self._figures.earlier))
        return self._say("report.no_before") if asked else ""

    def finding(self) -> tuple[str, ...]:
        """Two plain sentences."""
        return (self._first_sentence(), self._second_sentence())

    def _first_sentence(self) -> str:
        row = self._now
        if not row["sent"] and not row["messages"] and row["receipts_only_answered"] is not None:
            known = self._count(self._known_from_receipts())
            return self._say("report.finding.answered", answered=known, rate=self._share(row["receipts_only_answered"]))
        if not row["sent"]:
            return self._say("report.finding.not_sent", messages=self._count(row["messages"]))
        open_ = row["sent"] - sum(row[name] for name in ANSWERED_OUTCOMES)
        told = {"sent": self._count(row["sent"]), "confirmed": self._share(row["rate_confirmed"])}
        said = (
            self._say_count("report.finding.rates", open_, **told, possible=self._share(row["rate_possible"]))
            if open_
            else self._say("report.finding.settled", **told)
        )
        partly = self._say_count("report.finding.partly", row["partly_confirmed"]) if row["partly_confirmed"] else ""
        return f"{said} {partly}".rstrip()

    def _known_from_receipts(self) -> int:
        """How many of those of which only receipts are loaded have a final status."""
        return int(self._figures.feeds["known_from_receipts"].sum())

    def _second_sentence(self) -> str:
        change = self._change()
        if change is not None:
            return self._sentence_of_change(change)
        failed = self._figures.reasons.filter(pl.col("messages") > 0)
        if failed.is_empty():
            return self._say("report.finding.no_failures")
        named_ones = failed.filter(~pl.col("reason").is_in([folding.OTHER, folding.EVERY]) | pl.col("reason").is_null())
        if named_ones.is_empty():
            return self._say("report.finding.failures", failed=self._count(self._now["failed"]))
        top = named_ones.row(0, named=True)
        counts = {"count": self._count(top["messages"]), "failed": self._count(self._now["failed"])}
        if top["reason"] in (None, "unspecified") and top["messages"] == self._now["failed"]:
            return self._say_count("report.finding.unspecified_all", top["messages"])
        if top["reason"] in (None, "unspecified"):
            return self._say("report.finding.unspecified", **counts)
        return self._say("report.finding.reason", reason=label(f"reason.{top['reason']}", self._lang), **counts)

    def _change(self) -> dict[str, Any] | None:
        """How the rate of all changed; None where one of the two is not known, or the days are too few to say so."""
        change = self._figures.changed
        if change is None:
            return None
        (row,) = change.to_dicts()
        return None if row["verdict"] in (None, "too_little") else row

    def _sentence_of_change(self, change: dict[str, Any]) -> str:
        before = self._share(change["rate_before"])
        silent = self._outage_as_cause(change["change"])
        if change["verdict"] == "by_chance" and not silent:
            return self._say("report.finding.same", before=before)
        direction = "more" if change["change"] > 0 else "less"
        points = self._say("report.points", value=written.points(change["change"], self._lang, sign=False))
        cause = silent or self._cause(change["change"])
        return self._say(f"report.finding.{direction}", points=points, before=before, cause=f", {cause}" if cause else "")

    def _cause(self, change: float) -> str:
        """What made at least half of the change, where it is one thing other than times without receipts."""
        effects = self._figures.changed_operators
        if effects is None or effects.height < 2:
            return ""
        row = effects.row(0, named=True)
        if row["effect"] is not None and (row["silence"] + row["delivery"]) / change >= 0.5 and row["rate_before"] is not None:
            kind = self._kind_of(row, change)
            group = named("operator", row["operator"], self._lang)
            return self._say(f"report.finding.{kind}", group=group, **{"from": self._share(row["rate_before"]), "to": self._share(row["rate"])})
        return self._say("report.finding.cause_mix") if float(effects["mix"].sum()) / change >= 0.5 else ""

    def _outage_as_cause(self, change: float) -> str:
        """Times without receipts in this period lower its rate, those of the period before make this one look better."""
        periods = {
            "cause_outage": (self._figures.total, self._figures.outages, 1),
            "cause_outage_before": (self._figures.before, self._figures.outages_before, -1),
        }
        for key, (rated, outages, sign) in periods.items():
            lowered = 0.0 if rated is None else _lowered(rated, outages)
            if sign * lowered / change >= 0.5:
                operators = sorted({name for names in outages["operators"] for name in names})
                return self._say_count(f"report.finding.{key}", int(outages["bad"].sum()), whose=self._whose(operators))
        return ""

    def _kind_of(self, row: dict[str, Any], change: float) -> str:
        """Whether the operator's messages failed more or less often, or only its statuses are missing more or less often."""
        if row["delivery"] / change >= row["silence"] / change:
            return "cause_rate"
        return "cause_silence" if change < 0 else "cause_answers"

    def _whose(self, operators: list[str]) -> str:
        return f" {self._say('report_warning.whose', operators=', '.join(operators))}" if operators else ""

    def cards(self) -> tuple[Card, ...]:
        """Sent, delivered, failed, without a status, time to the phone."""
        return (self._sent(), self._delivered(), self._of_sent("failed"), self._of_sent("no_status"), self._phone())

    def _card(self, key: str, kind: Any, value: float | None, note: str, change: str) -> Card:
        text = written.cell(kind, value, self._lang, zone=self._zone)
        return Card(key, self._say(f"report.card.{key}"), text, kind, value, note, change)

    def _sent(self) -> Card:
        sent = self._now["sent"]
        change = ""
        if self._before is not None and self._before["sent"]:
            grown = written.change_of_count(self._before["sent"], sent, self._lang)
            change = self._say("report.change.from", change=grown, before=self._count(self._before["sent"]))
        return self._card("sent", "count", sent, self._say("report.card.sent.note"), change)

    def _delivered(self) -> Card:
        row = self._figures.total.row(0, named=True)
        if row["rate_confirmed"] is None:
            return self._card("delivered", "share", None, "", "")
        ends = {"possible": self._share(row["rate_possible"]), "span": written.shares(row["ci_low"], row["ci_high"], self._lang)}
        note = self._say("report.card.delivered.note", count=self._count(self._now["delivered"]), sent=self._count(self._now["sent"]), **ends)
        return self._card("delivered", "share", row["rate_confirmed"], note, self._points(lambda row: row["rate_confirmed"]))

    def _of_sent(self, outcome: str) -> Card:
        row = self._figures.total.row(0, named=True)
        if row["rate_confirmed"] is None:
            return self._card(outcome, "count", self._now[outcome], self._say(f"report.card.{outcome}.count"), "")
        note = self._say(f"report.card.{outcome}.note", share=self._share(row[outcome] / row["sent"]))
        change = self._points(lambda row: None if row["rate_confirmed"] is None else row[outcome] / row["sent"])
        return self._card(outcome, "count", self._now[outcome], note, change)

    def _points(self, share: Callable[[dict[str, Any]], float | None]) -> str:
        before = None if self._figures.before is None else share(self._figures.before.row(0, named=True))
        now = share(self._figures.total.row(0, named=True))
        if before is None or now is None:
            return ""
        if round(now - before, 3) == 0:
            return self._say("report.change.equal")
        moved = self._say("report.points", value=written.points(now - before, self._lang))
        return self._say("report.change.from", change=moved, before=self._share(before))

    def _phone(self) -> Card:
        median, before = (_median(frame) for frame in (self._figures.latency, self._figures.latency_before))
        change = ""
        if median is not None and before is not None:
            change = self._say("report.change.before", before=written.seconds(before, self._lang))
        measured = int(self._figures.latency.filter(pl.col("clock") == "phone")["messages"].sum())
        note = self._say("report.card.phone.note", count=self._count(measured)) if measured else ""
        return self._card("phone", "seconds", median, note, change)

    def warnings(self) -> tuple[str, ...]:
        """What changes how the figures are read: what concerns at least one message in a hundred, and times that the logs do not cover."""
        said = [*self._counted(large=True), *self._not_compared()]
        if self._figures.period is not None and self._figures.as_of < self._figures.period.until - timedelta(hours=1):
            said.append(self._say("report_warning.ends_early", moment=self._moment(self._figures.as_of)))
        begins = self._figures.begins
        if self._figures.period is not None and begins is not None and begins - self._figures.period.since >= timedelta(days=1):
            said.append(self._say("report_warning.begins_late", day=written.day(local(begins, self._zone).date(), self._lang)))
        return tuple(said)

    def notes(self, origin: Origin) -> tuple[str, ...]:
        """What the sender of the report should know and a reader need not: what concerns few messages, lines and files that were not read, and what
        the configuration can settle.
        """
        said = self._counted(large=False)
        lines = [line_of(evidence) for evidence in self._figures.feeds.filter(pl.col("undecided") > 0)["answers_evidence"]]
        if lines:
            said.append(settled_by(lines, self._lang))
        unreadable = int(origin.files["rejected"].sum())
        if unreadable:
            said.append(self._say_count("report_warning.unreadable", unreadable))
        if origin.refused:
            said.append(self._say_count("report_warning.refused_files", origin.refused))
        return tuple(said)

    def _counted(self, *, large: bool) -> list[str]:
        """Warnings about at least one message in a hundred, or those about fewer."""
        everything = self._now["messages"] + self._now["receipts_only"] + int(self._figures.feeds["undecided"].sum())
        named = [(self._now[name], self._say_count(f"report_warning.{name}", self._now[name])) for name in ("unrecognised", "without_submission")]
        told = [*self._outages(), *self._feeds(), *named]
        return [sentence for count, sentence in told if count and (count >= _LARGE * everything) is large]

    def _not_compared(self) -> list[str]:
        """Feeds of which logs are missing in one of the two periods."""
        sentences = [completeness.in_words(one, self._zone, self._lang) for one in self._figures.missing]
        return [f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences]

    def _outages(self) -> list[tuple[int, str]]:
        rows = self._figures.outages.select("start_utc", "end_utc", "bad", "operators").iter_rows()
        return [
            (
                count,
                self._say_count("report_warning.outage", count, span=written.span(first, last, self._zone, self._lang), whose=self._whose(operators)),
            )
            for first, last, count, operators in rows
        ]

    def _feeds(self) -> list[tuple[int, str]]:
        """Warnings about feeds, with how many messages each is about."""
        feeds = self._figures.feeds
        said: list[tuple[int, str]] = []
        blind, undecided = int(feeds["receipts_only"].sum()), int(feeds["undecided"].sum())
        if blind:
            told, known = [self._say_count("report_warning.receipts_only", blind)], self._known_from_receipts()
            if known:
                share = self._share(self._now["receipts_only_answered"])
                told.append(self._say("report_warning.receipts_only.answered", answered=self._count(known), share=share))
            said.append((blind, " ".join(told)))
        if undecided:
            said.append((undecided, self._say_count("report_warning.undecided", undecided)))
        mute = feeds.filter((pl.col("sent") >= _ENOUGH) & (pl.col("answered") == 0))
        said += [
            (count, self._say("report_warning.no_receipts", feed=feed, count=self._count(count)))
            for feed, count in mute.select("feed", "sent").iter_rows()
        ]
        end = self._figures.as_of if self._figures.period is None else min(self._figures.as_of, self._figures.period.until)
        behind = feeds.filter((pl.col("messages") > 0) & (pl.col("now_utc") < end - timedelta(days=1)))
        said += [
            (count, self._say_count("report_warning.behind", count, feed=feed, moment=self._moment(now)))
            for feed, count, now in behind.select("feed", "messages", "now_utc").iter_rows()
        ]
        return said


def _lowered(rated: pl.DataFrame, outages: pl.DataFrame) -> float:
    """How far the messages of times without receipts move the rate from where the others have it: below 0 where they lower it."""
    row = rated.row(0, named=True)
    sent, delivered = row["sent"] - int(outages["messages"].sum()), row["delivered"] - int(outages["delivered"].sum())
    return 0.0 if sent <= 0 or row["rate_confirmed"] is None else float(row["rate_confirmed"] - delivered / sent)


def _median(latency: pl.DataFrame | None) -> float | None:
    if latency is None:
        return None
    found = latency.filter(pl.col("clock") == "phone")["median_s"].to_list()
    return found[0] if found else None
