"""The commands that read a database."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl
from polars import selectors

from sms_analytics import config as configuration
from sms_analytics import vocabulary
from sms_analytics.cli import printing, speaking
from sms_analytics.cli.options import Language, OutputFormat
from sms_analytics.config import Config
from sms_analytics.database import store
from sms_analytics.questions import metrics
from sms_analytics.questions.gaps import gaps, outages
from sms_analytics.text import names, output
from sms_analytics.text.masking import masked_messages, masked_senders
from sms_analytics.text.phrases import phrase

_QUESTIONS: Final = {"rates": metrics.rates, "reasons": metrics.reasons, "latency": metrics.latency, "gaps": gaps}
#: The first column of each answer that is not a group's.
_FIRST_FIGURE: Final = {"rates": "messages", "reasons": "messages", "latency": "messages", "gaps": "gaps"}
#: What a reader must know of the rates concerns every share of sent messages.
_NOTED: Final = ("rates", "reasons", "gaps")

_TABLES: Final = {
    "loads": "SELECT * FROM loads ORDER BY load_id",
    "feeds": "SELECT * FROM feeds ORDER BY feed",
    "rejects": "SELECT rejects.*, path || ':' || record_no AS place FROM rejects JOIN loads USING (load_id) ORDER BY load_id, record_no",
}
#: Columns of the printed tables, in order; JSON has all of the database.
_SHOWN: Final = {
    "loads": [
        *("load_id", "path", "format", "feed", "state", "records", "accepted", "skipped", "rejected"),
        *("events", "duplicates", "unrecognised", "first_utc", "last_utc", "loaded_utc", "time_zone"),
    ],
    "feeds": [
        *("feed", "submissions", "receipts", "answers", "answers_evidence", "first_utc", "last_utc", "now_utc"),
        *("time_zone", "receipt_zone", "horizon_s", "id_rule", "id_rule_evidence"),
    ],
    "rejects": ["place", "field", "rule", "message", "raw"],
    "messages": [
        *("submitted_utc", "recipient", "operator", "outcome", "reason", "country", "account", "campaign"),
        *("final_utc", "decided_by", "detail", "feed", "sender", "message_id", "gap_cause", "client_ref", "message_key"),
    ],
}


@dataclass(frozen=True)
class Wanted:
    """Where the answer comes from, and how it is to be shown; what is None comes from the configuration."""

    db: Path | None
    config: Path | None
    zone: str | None
    lang: Language | None
    format: OutputFormat | None = None
    output: Path | None = None
    excel_csv: bool = False


@dataclass(frozen=True)
class Filters:
    """Which messages a question is about."""

    since: str | None
    until: str | None
    as_of: str | None
    account: str | None
    campaign: str | None
    where: str | None
    receipts_only: bool = False

    @property
    def of_messages(self) -> dict[str, str | None]:
        """Those that a list of messages takes: it has all there are."""
        return {name: value for name, value in asdict(self).items() if name != "receipts_only"}


@dataclass(frozen=True)
class Session:
    """An open database with the settings that hold for it."""

    connection: duckdb.DuckDBPyConnection
    config: Config
    zone: str
    lang: Language
    wanted: Wanted

    def answer(
        self,
        frame: pl.DataFrame,
        *,
        sheet: str,
        shown: pl.DataFrame,
        keys: int,
        above: Iterable[str] = (),
        stacked: bool = True,
        unmask: bool = False,
    ) -> None:
        """The frame as it was wanted; see `printing.answer`. Whoever asks by sender sees no person's number."""
        printing.answer(
            frame if unmask else _masked(frame),
            zone=self.zone,
            lang=self.lang,
            format=self.wanted.format,
            file=self.wanted.output,
            excel_csv=self.wanted.excel_csv,
            sheet=sheet,
            shown=shown if unmask else _masked(shown),
            above=above,
            keys=keys,
            stacked=stacked,
            group_read=self.config.database.group_read,
        )

    def shown(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What a table shows of a frame: accounts, send-outs and feeds under their names."""
        return names.shown(frame, self.config)

    def named(self, feed: str) -> str:
        """A feed as a sentence names it: the name of the configuration with the id behind, or the id alone."""
        name = self.config.feed_names.get(feed)
        return feed if name is None else f"{name} ({feed})"


def _masked(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(masked_senders(frame["sender"])) if "sender" in frame.columns else frame


@contextmanager
def opened(wanted: Wanted) -> Iterator[Session]:
    """The database and the settings that were asked for."""
    path = wanted.db or store.default_path()
    settings = configuration.read(wanted.config, beside=path.parent)
    zone = configuration.zone(wanted.zone) or settings.zone
    with store.connect(path) as connection:
        yield Session(connection, settings, zone, wanted.lang or settings.lang, wanted)


def question(name: str, by: str, filters: Filters, wanted: Wanted, *, assume: bool = False) -> None:
    """Rates, reasons, latency or gaps; `assume`: with the rates that assume something of the silent messages."""
    with opened(wanted) as session:
        frame = _QUESTIONS[name](session.connection, by=by, zone=session.zone, **asdict(filters))
        if name in _NOTED:
            groups = by if name == "rates" else ()
            speaking.warn(metrics.notes(session.connection, by=groups, zone=session.zone, lang=session.lang, **asdict(filters)))
        if name == "gaps":
            speaking.warn(_outages(session, filters.as_of))
    shown = session.shown(_figures_first(frame, assume=assume) if name == "rates" else frame)
    session.answer(
        frame,
        sheet=name,
        shown=shown,
        above=output.headline(frame, session.lang) if name == "rates" else (),
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


def _outages(session: Session, as_of: str | None) -> list[str]:
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


def messages(filters: Filters, wanted: Wanted, *, limit: int | None, unmask: bool) -> None:
    """The messages themselves."""
    with opened(wanted) as session:
        found = metrics.messages(session.connection, zone=session.zone, limit=limit, **filters.of_messages)
    frame = found if unmask else masked_messages(found)
    shown = frame.select(*_SHOWN["messages"], *(name for name in frame.columns if name not in _SHOWN["messages"]))
    session.answer(
        frame,
        sheet="messages",
        shown=session.shown(shown),
        keys=2,
        stacked=False,
        unmask=unmask,
    )


def contents(table: str, wanted: Wanted, *, json: bool) -> None:
    """Loads, feeds or rejects."""
    with opened(wanted) as session:
        found: pl.DataFrame = session.connection.sql(_TABLES[table]).pl()
    in_cells = found.with_columns(selectors.list().list.join(", ").replace("", None))
    shown = session.shown(in_cells.select(_SHOWN[table]))
    frame = found.drop("place") if table == "rejects" else found
    if table == "rejects" and frame.is_empty():
        speaking.say(phrase("no_rejects", session.lang))
    printing.answer(frame, zone=session.zone, lang=session.lang, format="json" if json else None, shown=shown)
