"""What an assistant can ask: five questions, each with filters that are values and never SQL.

Every answer is an object: `asked`, `zone`, `logs_until` (what happened later is not known), `counts` of all messages that the filters choose, `rows`,
`rows_found` (with `rows_left_out` where there are more than an answer holds) and `notes`, sentences that belong to the figures.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Final

import duckdb
import polars as pl
from pydantic import Field

from sms_analytics.config import Config
from sms_analytics.errors import NoDataError
from sms_analytics.lookup.answer import Names, Story
from sms_analytics.lookup.answer import lookup as story_of
from sms_analytics.mcp import safe_text
from sms_analytics.questions import metrics
from sms_analytics.questions.filters import Filters
from sms_analytics.questions.gaps import gaps
from sms_analytics.questions.outages import COUNTS, outages
from sms_analytics.questions.selecting import dimensions_of
from sms_analytics.serve.database import DatabaseWatcher, Opened
from sms_analytics.text import output
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.masking import masked_senders
from sms_analytics.text.outage_sentences import outage_sentence
from sms_analytics.text.phrases import filled

#: So many rows an answer holds; the first ones, which are the largest groups or the earliest times.
MOST_ROWS: Final = 200
#: So many messages of one number are told in full, the newest first.
MOST_MESSAGES: Final = 20

_QUESTIONS: Final[dict[str, Callable[..., pl.DataFrame]]] = {"rates": metrics.rates, "reasons": metrics.reasons, "gaps": gaps}
#: Which names of the configuration stand beside which ids: filters go by the id.
_NAMED: Final = {"account": "accounts", "campaign": "campaigns", "feed": "feed_names"}

_When = Annotated[str | None, Field(description="A date or time in the zone of the answer: 2026-10-01 or 2026-10-01 08:00")]
_Id = Annotated[str | None, Field(description="An id as it stands in an answer, not its name")]


def _by(question: str) -> Any:
    items: dict[str, Any] = {"items": {"type": "string", "enum": dimensions_of(question)}}
    return Annotated[list[str], Field(description="What to group by; empty: all in one row", json_schema_extra=items)]


@dataclass(frozen=True)
class Tools:
    """The questions about one database; `unmask`: with the numbers in full."""

    watcher: DatabaseWatcher
    settings: Config
    zone: str
    lang: Lang
    unmask: bool

    def functions(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """Name and function of each; what its parameters are called and accept is what the assistant reads."""
        return {"lookup": self.lookup, **{name: self._grouped(name) for name in _QUESTIONS}, "outages": self.outages}

    def lookup(
        self, number_or_id: Annotated[str, Field(description="A phone number in any spelling, a message id, or a reference", max_length=200)]
    ) -> dict[str, Any]:
        """The messages of one number or id."""
        opened, _ = self.watcher.newest()
        with opened.cursor() as db:
            return self._story(db, opened, number_or_id)

    def outages(self, since: _When = None, until: _When = None, as_of: _When = None, account: _Id = None, campaign: _Id = None) -> dict[str, Any]:
        """Times in which receipts stayed away or came late."""
        filters = Filters(since=since, until=until, as_of=as_of, account=account, campaign=campaign, zone=self.zone)
        with self.watcher.newest()[0].cursor() as db:
            return self._answer(db, outages(db, **filters.options), filters, {}, [])

    def _grouped(self, name: str) -> Callable[..., dict[str, Any]]:
        def question(  # noqa: PLR0917  # the protocol names them all
            by: Any = (), since: _When = None, until: _When = None, as_of: _When = None, account: _Id = None, campaign: _Id = None
        ) -> dict[str, Any]:
            filters = Filters(since=since, until=until, as_of=as_of, account=account, campaign=campaign, zone=self.zone)
            with self.watcher.newest()[0].cursor() as db:
                frame = _QUESTIONS[name](db, by=list(by), **filters.options)
                notes = metrics.notes(db, lang=self.lang, **filters.options)
                return self._answer(db, frame, filters, {"by": list(by)}, [*notes, *self._outages_in_words(db, filters)])

        question.__annotations__["by"] = _by(name)
        return question

    def _answer(
        self, db: duckdb.DuckDBPyConnection, frame: pl.DataFrame, filters: Filters, asked: dict[str, Any], notes: list[str]
    ) -> dict[str, Any]:
        """The rows with what belongs to them; numbers of people who sent are masked."""
        shown = frame if self.unmask or "sender" not in frame.columns else frame.with_columns(masked_senders(frame["sender"]))
        left_out = max(0, shown.height - MOST_ROWS)
        named = self._with_names(shown.head(MOST_ROWS))
        given = {name: value for name, value in asdict(filters).items() if value not in (None, False) and name != "zone"}
        answer = {
            "asked": asked | given,
            "zone": self.zone,
            "logs_until": _logs_until(db),
            "counts": json.loads(output.as_json(self._counts(db, filters), self.zone))[0],
            "rows": json.loads(output.as_json(named, self.zone)),
            "rows_found": frame.height,
            "rows_left_out": left_out,
            "notes": [*notes, *self._left_out(left_out)],
        }
        return self._safe(answer, [])

    def _counts(self, db: duckdb.DuckDBPyConnection, filters: Filters) -> pl.DataFrame:
        return metrics.rates(db, **filters.options).select(metrics.COUNTS)

    def _with_names(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With a column `NAME_name` for ids that the configuration names."""
        known = {column: getattr(self.settings, section) for column, section in _NAMED.items() if column in frame.columns}
        named = [
            pl.col(column).replace_strict(names, default=None, return_dtype=pl.String).alias(f"{column}_name")
            for column, names in known.items()
            if names
        ]
        return frame.with_columns(named)

    def _outages_in_words(self, db: duckdb.DuckDBPyConnection, filters: Filters) -> list[str]:
        found = outages(db, **filters.options).filter(COUNTS)
        return [outage_sentence(row, self._feed(row["feed"]), self.zone, self.lang) for row in found.to_dicts()]

    def _feed(self, feed: str) -> str:
        name = self.settings.feed_names.get(feed)
        return feed if name is None else f"{name} ({feed})"

    def _story(self, db: duckdb.DuckDBPyConnection, opened: Opened, asked: str) -> dict[str, Any]:
        names = Names(self.settings.accounts, self.settings.campaigns, self.settings.feed_names)
        found = story_of(
            db, asked, home_country=self.settings.home_country, zone=self.zone, lang=self.lang, names=names, surroundings=opened.surroundings
        )
        numbers = [number for message in found.messages for number in safe_text.people_of(message)]
        told = found.messages[:MOST_MESSAGES]
        shown = replace(found, messages=told if self.unmask else tuple(map(safe_text.masked_message, told)))
        left_out = len(found.messages) - len(told)
        answer = {
            "zone": self.zone,
            "logs_until": _logs_until(db),
            "counts": {"messages": len(found.messages), "others_of_the_same_numbers": len(found.others)} | _outcomes(found),
            "rows": [_without_lines(message) for message in shown.to_dicts()],
            "rows_found": len(found.messages),
            "rows_left_out": left_out,
            "notes": self._left_out(left_out),
        }
        return self._safe(answer, numbers)

    def _left_out(self, rows: int) -> list[str]:
        return [filled(label("assistant.left_out", self.lang), rows=rows)] if rows else []

    def _safe(self, answer: dict[str, Any], numbers: list[str | None]) -> dict[str, Any]:
        safe: dict[str, Any] = safe_text.as_data(answer, numbers, unmask=self.unmask)
        return safe


def _outcomes(found: Story) -> dict[str, int]:
    outcomes = [message.outcome for message in found.messages]
    return {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}


def _without_lines(message: dict[str, Any]) -> dict[str, Any]:
    """A message without the lines of its logs, which are for people who may see the logs."""
    events = [{name: value for name, value in event.items() if name != "raw"} for event in message["events"]]
    return message | {"events": events}


def _logs_until(db: duckdb.DuckDBPyConnection) -> str | None:
    """Up to when the logs speak, in ISO 8601."""
    ((latest,),) = db.execute("SELECT max(now_utc) FROM feeds").fetchall()
    if latest is None:
        raise NoDataError("nothing is loaded: load logs with sms-analytics load")
    return f"{latest.isoformat()}+00:00"
