"""What a notebook begins with: how charts and tables look and are shown, the database, and questions that share their filters.

    lang = notebook.setup()
    db = notebook.connect()
    ask = notebook.Questions(db, since="2026-10-01", lang=lang)
    ask.rates("operator")

Nothing here ends in a traceback that an analyst has to read: what cannot be answered is said in one line, and the frame is empty.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import altair as alt
import duckdb
import polars as pl
from IPython.core.getipython import get_ipython

from sms_analytics import charts
from sms_analytics.charts import theme
from sms_analytics.commands.demo import sample
from sms_analytics.database import store
from sms_analytics.errors import NoDataError, SmsAnalyticsError, UsageError
from sms_analytics.questions import completeness, metrics
from sms_analytics.questions.changes import changes, compared
from sms_analytics.questions.control_limits import control_chart
from sms_analytics.questions.costs_of_sending import costs
from sms_analytics.questions.fair_comparison import standardised
from sms_analytics.questions.filters import ZONE, Filters, Moment
from sms_analytics.questions.gaps import gaps
from sms_analytics.questions.outages import outages
from sms_analytics.questions.outlying_groups import funnel_plot
from sms_analytics.questions.undecided import settled_by, undecided
from sms_analytics.questions.waits import latency
from sms_analytics.questions.young_days import revisions
from sms_analytics.text import masking, output
from sms_analytics.text.labels import LANGS, Lang, label
from sms_analytics.text.zones import local

#: `jupyter` (interactive, in JupyterLab, without network) or `svg` (a picture in the notebook file, for headless runs and for viewers).
RENDERER: Final = "SMS_ANALYTICS_RENDERER"
#: What `sms-analytics lab` was started with, and what holds where a notebook does not say.
LANG: Final = "SMS_ANALYTICS_LANG"
MODE: Final = "SMS_ANALYTICS_MODE"

_BRIEF_MESSAGES: Final = (
    *("submitted_utc", "recipient", "operator", "country", "account", "campaign"),
    *("outcome", "reason", "final_utc", "decided_by", "detail", "message_id"),
)
_BRIEF: Final = ("sent", "delivered", "failed", "no_status", "provisional")
_ASSUMED: Final = ("rate_confirmed", "rate_low", "rate_alike", "rate_high", "rate_possible")
_BRIEF_RATES: Final = ("rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high")

_Answer = TypeVar("_Answer")

#: SVG stays sharp and can be read by a screen reader; of the menu only what works without network.
_EMBEDDED: Final = {"renderer": "svg", "actions": {"export": True, "source": False, "compiled": False, "editor": False}}
_RENDERERS: Final[dict[str, dict[str, Any]]] = {"jupyter": {"offline": True, "embed_options": _EMBEDDED}, "svg": {}}


def setup(lang: Lang | None = None, mode: theme.Mode | None = None) -> Lang:
    """Theme, language and renderer of this notebook's charts, tables of answers with percents and bars, and our own errors as one line.

    Without a `lang` or `mode` that of `sms-analytics lab` holds, else `nb` and `light`. Returns the language.
    """
    spoken: Lang = lang or _of_environment(LANG, LANGS)
    theme.use(spoken, mode or _of_environment(MODE, get_args(theme.Mode)))
    renderer = _of_environment(RENDERER, tuple(_RENDERERS))
    alt.renderers.enable(renderer, **_RENDERERS[renderer])
    pl.Config.set_tbl_cols(-1).set_tbl_rows(12).set_float_precision(3)
    shell: Any = get_ipython()
    if shell is not None:
        shell.set_custom_exc((SmsAnalyticsError,), _one_line)
        shell.display_formatter.formatters["text/html"].for_type(pl.DataFrame, lambda frame: html(frame, spoken))
    return spoken


def _of_environment(name: str, accepted: Sequence[Any]) -> Any:
    value = os.environ.get(name) or accepted[0]
    if value not in accepted:
        raise UsageError(f"${name} '{value}': accepted are {', '.join(accepted)}")
    return value


def html(frame: pl.DataFrame, lang: Lang = "nb", zone: str = ZONE) -> str:
    """The frame as a notebook shows it: an answer of ours in words, percents and bars; polars' own table for any other."""
    if frame.is_empty() and not frame.columns:
        return label("chart.no_data", lang)
    return output.as_html(frame, lang=lang, zone=zone) if output.is_known(frame) else frame._repr_html_()


def draw(chart: charts.AnyChart, frame: pl.DataFrame, lang: Lang = "nb") -> charts.AnyChart:
    """A chart of one's own, or the one that says that there is nothing where its frame is empty."""
    return charts.drawing.no_data("", lang) if frame.is_empty() else chart


def _one_line(_shell: object, _kind: object, error: BaseException, _traceback: object, **_: object) -> None:
    _say(str(error))


def connect(path: str | Path | None = None, lang: Lang = "nb") -> duckdb.DuckDBPyConnection:
    """A read-only connection to `path`, else to `$SMS_ANALYTICS_DB`, else to `sample()`, and then it says so."""
    named = path or os.environ.get(store.ENVIRONMENT)
    if named:
        return store.connect(named)
    _say(label("notebook.sample", lang))
    return sample()


def brief(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of `rates`, `latency` or `messages` with the columns that matter most: narrow enough to read. An empty frame stays as it is."""
    if frame.is_empty():
        return frame
    if "message_key" in frame.columns:
        return frame.select(_BRIEF_MESSAGES)
    if "clock" in frame.columns:
        return frame.select(pl.exclude("^share_.*_(low|high)$"))
    seldom = [name for name in ("partly_confirmed", "receipts_only", "receipts_only_answered") if frame[name].sum()]
    return frame.select(*frame.columns[: frame.columns.index("messages")], *_BRIEF, *_BRIEF_RATES, *seldom)


def assumed(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of `rates` with its range and what is assumed of the silent messages. An empty frame stays as it is."""
    groups = [] if frame.is_empty() else frame.columns[: frame.columns.index("messages")]
    return frame if frame.is_empty() else frame.select(*groups, "sent", *_ASSUMED)


def _say(text: str) -> None:
    """Beside the cell; on stderr where there is no notebook."""
    shell: Any = get_ipython()
    if shell is None:
        sys.stderr.write(f"{text}\n")
    else:
        shell.display_pub.publish({"text/markdown": f"> {text}", "text/plain": text})


@dataclass(frozen=True)
class Questions:
    """`rates`, `reasons`, `latency`, `revisions`, `gaps`, `outages`, `changes`, `messages` and `notes` of one database with the same filters.

    Feeds of which only receipts were loaded cannot show silence, so they are in no count but stand beside them (said once, when this is made);
    `receipts_only=True` asks for them alone. Where nothing fits, the frame is empty and a line says why.
    """

    db: duckdb.DuckDBPyConnection
    since: Moment | None = None
    until: Moment | None = None
    where: str | None = None
    zone: str = ZONE
    lang: Lang = "nb"
    receipts_only: bool = False
    campaign: str | None = None
    quiet: bool = False

    def __post_init__(self) -> None:
        if self._apart and not self.quiet:
            _say(label("notebook.left_out", self.lang).format(feeds=", ".join(self._apart)))
        if self._undecided and not self.quiet:
            said = label("notebook.undecided", self.lang).format(feeds=", ".join(self._undecided))
            _say(f"{said} {settled_by(self._undecided.values(), self.lang)}".rstrip())

    def rates(self, by: str | Sequence[str] = ()) -> pl.DataFrame:
        """`metrics.rates` by these dimensions."""
        return self._answer(metrics.rates, by=by)

    def reasons(self, by: str | Sequence[str] = ()) -> pl.DataFrame:
        """`metrics.reasons` by these dimensions."""
        return self._answer(metrics.reasons, by=by)

    def latency(self, by: str | Sequence[str] = (), *, curve: bool = False) -> pl.DataFrame:
        """`waits.latency` by these dimensions; with `curve` the shares over time."""
        return self._answer(latency, by=by, curve=curve)

    def revisions(self, by: str | Sequence[str] = ()) -> pl.DataFrame:
        """`young_days.revisions`: where young days will end."""
        return self._answer(revisions, by=by)

    def gaps(self, by: str | Sequence[str] = ()) -> pl.DataFrame:
        """`gaps.gaps` by these dimensions."""
        return self._answer(gaps, by=by)

    def outages(self) -> pl.DataFrame:
        """`outages.outages`: times in which a feed's receipts stayed away or came late, with the counts of these messages."""
        return self._answer(outages)

    def changes(self, by: str | Sequence[str] = "operator", days: int = 28) -> pl.DataFrame:
        """`changes.changes`: the period of the filters against the one before; without filters the last `days` that have messages."""
        since, until = (self.since, self.until) if self.since and self.until else self._last(days)
        if since is None or until is None:
            return self._answer(metrics.rates, by=by)
        found = self._answer(changes, by=by, since=since, until=until)
        for text in [] if self.quiet or found.is_empty() else self._not_compared(since, until):
            _say(text)
        return found

    def _not_compared(self, since: Moment, until: Moment) -> list[str]:
        """The feeds that `changes` leaves out, and why."""
        missing = self._ask(compared, since=since, until=until).missing
        return [completeness.in_words(one, self.zone, self.lang) for one in missing]

    def funnel_plot(self, by: str | Sequence[str] = "operator") -> pl.DataFrame:
        """`outlying_groups.funnel_plot`: each group against all of them together."""
        return self._answer(funnel_plot, by=by)

    def control_chart(self) -> pl.DataFrame:
        """`control_limits.control_chart`: each day between the limits that days keep."""
        return self._answer(control_chart)

    def standardised(self, by: str | Sequence[str] = "feed", over: str | Sequence[str] = ("country", "sender")) -> pl.DataFrame:
        """`fair_comparison.standardised`: groups as if all had the same mix of `over`."""
        return self._answer(standardised, by=by, over=over)

    def costs(self, by: str | Sequence[str] = "operator") -> pl.DataFrame:
        """`costs_of_sending.costs`: what a message that arrived cost."""
        return self._answer(costs, by=by)

    def compared(self, days: int = 28) -> str:
        """The two periods that `changes` compares, in words; empty where nothing fits."""
        since, until = (self.since, self.until) if self.since and self.until else self._last(days)
        if since is None or until is None:
            return ""
        periods = self._ask(compared, since=since, until=until)
        newer = self._days(periods.since, periods.until)
        return f"{newer} {label('notebook.against', self.lang)} {self._days(periods.before_since, periods.before_until)} ({self.zone})"

    def _days(self, since_utc: datetime, until_utc: datetime) -> str:
        """From the first to the last day of a period in naive UTC."""
        first, after = local(since_utc, self.zone), local(until_utc, self.zone)
        last = after - timedelta(microseconds=1)
        return " – ".join(dict.fromkeys(theme.period_text("day", moment.date(), self.lang) for moment in (first, last)))

    def of_campaign(self, campaign: str | None = None) -> "Questions":
        """The same questions of one send-out only; of the largest if none is named."""
        if campaign is None:
            known = self.rates("campaign")
            named = [] if known.is_empty() else known["campaign"].drop_nulls().to_list()
            campaign = named[0] if named else None
        return replace(self, campaign=campaign, quiet=True)

    def that(self, where: str) -> "Questions":
        """The same questions of the messages only that also fit `where`."""
        return replace(self, where=f"({self.where}\n) AND ({where}\n)" if self.where else where, quiet=True)

    def messages(self, where: str = "true", limit: int | None = 20) -> pl.DataFrame:
        """The first of the messages that also fit `where`, with masked numbers: `schemas.MESSAGES`. All of them without a `limit`."""
        found = self._answer(metrics.messages, also=where, limit=limit)
        return found if found.is_empty() else masking.masked_messages(found)

    def counted(self, where: str = "true") -> pl.DataFrame:
        """All messages that also fit `where` and that `rates` counts, with masked numbers: those of feeds that are kept apart are left out."""
        names = ", ".join("'" + feed.replace("'", "''") + "'" for feed in [*self._apart, *self._undecided])
        return self.messages(f"({where}\n) AND feed NOT IN ({names})" if names else where, limit=None)

    def events(self, message_key: str | None) -> pl.DataFrame:
        """The events of one message in the order of loading, with masked numbers; none where there is no such message."""
        found: pl.DataFrame = self.db.cursor().sql("SELECT * FROM events WHERE message_key = $key", params={"key": message_key}).pl()
        return masking.masked_messages(found).drop("raw", "extra").with_columns(recipient=pl.lit(None, pl.String), sender=pl.lit(None, pl.String))

    def notes(self, by: str | Sequence[str] = ()) -> None:
        """Shows what a reader of `rates` must know."""
        with suppress(NoDataError):
            for note in self._ask(metrics.notes, by=by, lang=self.lang):
                _say(note)

    @cached_property
    def period(self) -> str:
        """From the first to the last day that has messages, with the zone; empty where nothing fits."""
        try:
            known = self._ask(metrics.rates, by="day").drop_nulls("day")["day"]
        except NoDataError:
            return ""
        first, last = (theme.period_text("day", day, self.lang) for day in (known[0], known[-1]))
        return f"{first} – {last} ({self.zone})" if first != last else f"{first} ({self.zone})"

    def _last(self, days: int) -> tuple[date | None, date | None]:
        """The last so many days that have messages, and the day after them."""
        try:
            last = self._ask(metrics.rates, by="day")["day"].max()
        except NoDataError:
            return None, None
        if not isinstance(last, date):
            return None, None
        return last - timedelta(days=days - 1), last + timedelta(days=1)

    @cached_property
    def _apart(self) -> list[str]:
        """The feeds whose messages stand beside the others."""
        if self.receipts_only:
            return []
        return [feed for (feed,) in self.db.execute("SELECT feed FROM feeds WHERE receipts_only ORDER BY feed").fetchall()]

    @cached_property
    def _undecided(self) -> dict[str, str]:
        """The feeds that may tell of the same messages, with the line that settles it."""
        return undecided(self.db)

    def _condition(self, also: str | None) -> str | None:
        # The line break ends a comment that a condition may end with.
        return " AND ".join(f"({part}\n)" for part in (self.where, also) if part) or None

    def _ask(self, question: Callable[..., _Answer], *, also: str | None = None, **options: Any) -> _Answer:
        filters = Filters(
            since=self.since,
            until=self.until,
            campaign=self.campaign,
            where=self._condition(also),
            zone=self.zone,
            receipts_only=self.receipts_only,
        )
        return question(self.db, **filters.options | options)

    def _answer(self, question: Callable[..., pl.DataFrame], **options: Any) -> pl.DataFrame:
        try:
            return self._ask(question, **options)
        except NoDataError as error:
            _say(f"{label('chart.no_data', self.lang)}: {error}")
            return pl.DataFrame()
