"""Readings of any format to rows of `events`: what is the same for all formats.

Times to UTC by each feed's zones, numbers to E.164, country, operator, reason, the message's key before the resolver has seen it.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

import polars as pl

from sms_analytics.config import Config
from sms_analytics.database.schemas import EVENT_TYPES, UTC
from sms_analytics.errors import TimeZoneNeededError
from sms_analytics.events import maps, operators, recipients
from sms_analytics.events.clock import Clock
from sms_analytics.events.readings import NAIVE, READING, SKIPPED, empty
from sms_analytics.vocabulary import NEGATIVE_STATUSES

#: What a status without a readable code means. Kept apart from the code tables: these are the last resort.
STATUS_REASONS: Final = {
    "expired": "validity_expired",
    "undelivered": "unspecified",
    "rejected": "unspecified",
    "stopped": "unspecified",
    "no_report": "no_report",
}

STATUS: Final = READING["status"]
REASON: Final = READING["reason"]
_PRECISION: Final = READING["time_precision"]
_SAID_BY: Final = READING["said_by"]
_SOURCE: Final = EVENT_TYPES["operator_source"]
_NEGATIVE: Final = pl.Series(NEGATIVE_STATUSES, dtype=STATUS).implode()


@dataclass(frozen=True)
class Options:
    """What one load was told: each empty one leaves it to the record, then to the configuration."""

    feed: str | None = None
    account: str | None = None
    time_zone: str | None = None
    receipt_zone: str | None = None

    def written(self) -> str:
        """As JSON, the same for the same options."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass
class Normaliser:
    """Turns the batches of one load into events. Keeps the load's clock and what it saw of each feed."""

    config: Config
    options: Options
    format: str
    load_id: int
    path: str
    file_time: datetime
    clock: Clock = field(default_factory=Clock)
    #: feed -> (zone of the log, zone of receipts), as far as they were needed.
    zones: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    #: Feeds whose logs, and whose receipts, had times without a zone.
    local_logs: set[str] = field(default_factory=set)
    local_receipts: set[str] = field(default_factory=set)

    def events(self, readings: pl.DataFrame) -> pl.DataFrame:
        """As `batch`, without skipped records."""
        return self.batch(readings, empty(SKIPPED))[0]

    def batch(self, readings: pl.DataFrame, skipped: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        """Rows of `events` for one batch, not yet validated, and when our side logged its skipped records: these carry no status, but they show how
        far the log goes. Times of years that cannot be are left out; an event that had no other time has none."""
        frame, others = self._with_feed(_completed(readings, READING)), self._with_feed(_completed(skipped, SKIPPED))
        logged = self._logged(pl.concat([part.select("feed", "logged", "record_no") for part in (frame, others)]))
        events = self._normalised(self._with_times(frame, logged.head(frame.height)))
        seen = others.select(pl.coalesce("logged_utc", pl.lit(logged.tail(others.height)))).to_series()
        return events, self.clock.possible(seen)

    def _normalised(self, frame: pl.DataFrame) -> pl.DataFrame:
        frame = self._with_recipients(frame)
        frame = self._with_operators(frame)
        frame = self._with_reasons(frame)
        frame = frame.with_columns(
            load_id=pl.lit(self.load_id, pl.Int32),
            format=pl.lit(self.format),
            event_no=pl.col("event_no").fill_null(1),
            account=pl.col("account").fill_null(pl.lit(self.options.account)),
            said_by=pl.col("said_by").fill_null(
                pl.when(pl.col("kind") == "submission").then(pl.lit("gateway", _SAID_BY)).otherwise(pl.lit("operator", _SAID_BY))
            ),
            message_key=message_key(),
            price=pl.when(pl.col("price") != 0).then("price"),
            copies=pl.lit(1, pl.Int32),
            extra=_extra(frame),
        )
        return frame.select(pl.col(name).cast(dtype) for name, dtype in EVENT_TYPES.items())

    def _with_feed(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(feed=pl.col("feed").fill_null(pl.lit(self.options.feed or self.format)))

    def zones_of(self, feed: str) -> tuple[str | None, str | None]:
        """The zones of a feed: the option, the feed's own, the configuration's. Receipts follow the log unless something says otherwise."""
        if feed not in self.zones:
            own, general, options = self.config.feed(feed), self.config, self.options
            of_format = general.table.time_zone if self.format == "table" else None
            log = options.time_zone or own.time_zone or of_format or general.time_zone
            receipt = options.receipt_zone or own.receipt_zone or options.time_zone or of_format or general.receipt_zone or log
            self.zones[feed] = (log, receipt)
        return self.zones[feed]

    def _local(self, frame: pl.DataFrame, column: str, *, log: bool, received: pl.Series | None = None) -> pl.Series:
        """UTC of a column of local times, by each feed's zone: that of its log or of its receipts."""
        times = frame[column]
        if times.null_count() == len(times):
            return times
        feeds = frame.filter(times.is_not_null())["feed"].unique().to_list()
        # A connection's name comes before that of the format, which stands for records that name none: an error tells the first.
        zones = {feed: self._zone(feed, log=log) for feed in sorted(feeds, key=lambda feed: (feed == self.format, feed))}
        if len(set(zones.values())) == 1:
            return self._read(times, next(iter(zones.values())), received)
        result = pl.Series([None] * len(times), dtype=NAIVE)
        for zone in sorted(set(zones.values())):
            mine = frame["feed"].is_in([feed for feed, its in zones.items() if its == zone])
            rows = mine.arg_true()
            result = result.scatter(rows, self._read(times.filter(mine), zone, None if received is None else received.filter(mine)))
        return result

    def _read(self, times: pl.Series, zone: str, received: pl.Series | None) -> pl.Series:
        if received is not None:
            return self.clock.of_receipt(times, zone, received)
        return self.clock.of_log(times, zone) if times.name == "logged" else self.clock.aside(times, zone)

    def _zone(self, feed: str, *, log: bool) -> str:
        (self.local_logs if log else self.local_receipts).add(feed)
        zone = self.zones_of(feed)[0 if log else 1]
        if zone is None:
            what, option = ("the log's times have", "--time-zone") if log else ("the times in its receipts have", "--receipt-zone")
            key = "time_zone" if log else "receipt_zone"
            raise TimeZoneNeededError(
                f"{self.path}: {what} no zone (feed {feed}); say which with {option} Europe/Oslo, or with {key} in sms_analytics.toml "
                f"(for all logs, or under [feeds.{feed}])"
            )
        return zone

    def _logged(self, frame: pl.DataFrame) -> pl.Series:
        """UTC of the log's own times. A repeated hour is told apart by the order of the log, so they are read in it."""
        if frame["record_no"].is_sorted():
            return self._local(frame, "logged", log=True)
        ordered = frame.select("feed", "logged", "record_no").with_row_index("row").sort("record_no", maintain_order=True)
        return self._local(ordered, "logged", log=True)[ordered["row"].arg_sort()]

    def _with_times(self, frame: pl.DataFrame, logged: pl.Series) -> pl.DataFrame:
        possible = self.clock.possible
        received = possible(logged.to_frame("t").select(pl.coalesce(frame["logged_utc"], pl.col("t"))).to_series())
        # Without a received time nothing tells the halves of a repeated hour apart: the early reading is taken.
        happened = self._local(frame, "happened", log=False, received=received)
        submit = self._local(frame, "submit", log=False, received=received)
        scheduled = self._local(frame, "scheduled", log=True)
        written = frame.select(pl.any_horizontal(pl.col("logged", "logged_utc", "happened", "happened_utc").is_not_null())).to_series()
        local = (frame["logged"].is_not_null() & frame["logged_utc"].is_null(), frame["happened"].is_not_null())
        frame = frame.with_columns(
            received_utc=received,
            event_utc=possible(_first_of(frame["happened_utc"], happened)),
            submit_utc=possible(_first_of(frame["submit_utc"], submit)),
            scheduled_utc=possible(_first_of(frame["scheduled_utc"], scheduled)),
            time_zone=self._applied_zone(*local),
        )
        clockless = pl.col("event_utc").is_null() & pl.col("received_utc").is_null() & ~pl.lit(written)
        return frame.with_columns(
            event_utc=pl.when(clockless).then(pl.lit(self.file_time, UTC)).otherwise("event_utc"),
            time_precision=pl.when(clockless)
            .then(pl.lit("file", _PRECISION))
            .otherwise(pl.col("time_precision").fill_null(pl.lit("second", _PRECISION))),
        )

    def _applied_zone(self, log: pl.Series, receipt: pl.Series) -> pl.Expr:
        of_log, of_receipt = ({feed: zones[which] for feed, zones in self.zones.items()} for which in (0, 1))
        return pl.when(receipt).then(_by_feed(of_receipt)).when(log).then(_by_feed(of_log))

    def _with_recipients(self, frame: pl.DataFrame) -> pl.DataFrame:
        read = recipients.read(frame["recipient"], self.config.home_country)
        return frame.with_columns(recipient=read["recipient"], country=pl.coalesce("country", read["country"]))

    def _with_operators(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The operator that the record names; else the one that the configuration gives for a feed that serves a single network."""
        own = {name: feed.operator for name, feed in self.config.feeds.items() if feed.operator}
        by_feed = pl.col("feed").str.to_lowercase().replace_strict(own, default=None, return_dtype=pl.String) if own else pl.lit(None, pl.String)
        if frame["operator"].null_count() + frame["mccmnc"].null_count() == 2 * frame.height:
            named = pl.lit(None, pl.String)
        else:
            read = operators.read(frame["operator"], frame["mccmnc"], frame["country"], self.config)
            frame = frame.with_columns(operator=read["operator"], mccmnc=read["mccmnc"])
            named = pl.col("operator")
        source = pl.when(pl.col("kind") == "receipt").then(pl.lit("receipt", _SOURCE)).otherwise(pl.lit("submission", _SOURCE))
        return frame.with_columns(
            operator=pl.coalesce(named, by_feed),
            operator_source=pl.when(named.is_not_null()).then(source).when(by_feed.is_not_null()).then(pl.lit("feed", _SOURCE)),
        )

    def _with_reasons(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The reason that the words say, else the code, else the operator's own text, else the status; only where something went wrong."""
        frame = maps.with_configured_words(frame, self.config, self.format)
        systems = {name: feed.code_system for name, feed in self.config.feeds.items() if feed.code_system}
        if systems:
            by_feed = pl.col("feed").str.to_lowercase().replace_strict(systems, default=None, return_dtype=pl.String)
            # Only codes that belong to the connection: a code with a system of its own keeps it.
            of_connection = pl.col("code_raw").is_not_null() & (pl.col("code_system").is_null() | (pl.col("code_system") == "smpp"))
            frame = frame.with_columns(code_system=pl.when(of_connection).then(pl.coalesce(by_feed, "code_system")).otherwise("code_system"))
        status = pl.col("status")
        waiting = (pl.col("kind") == "receipt") & (status == "submitted")
        negative = status.is_in(_NEGATIVE)
        candidates = frame.select((negative | waiting) & pl.col("code_raw").is_not_null()).to_series()
        by_code = _scattered(candidates, lambda rows: maps.reasons(rows, self.config), frame)
        frame = frame.with_columns(said=pl.coalesce("reason", pl.lit(by_code)))
        # Why a gateway stopped waiting is no reason of the operator's.
        silent = (pl.col("said").is_null() | (pl.col("said") == "unspecified")) & pl.col("detail").is_not_null() & (status != "no_report")
        candidates = frame.select((negative | waiting) & silent).to_series()
        by_text = _scattered(candidates, lambda rows: maps.text_reasons(rows, self.config), frame)
        frame = frame.with_columns(said=pl.coalesce(pl.lit(by_text), "said"))
        # An operator that says "still trying" with the code or text of an absent subscriber says that the phone is off or out of coverage.
        absent = waiting & (pl.coalesce(pl.lit(by_code), pl.lit(by_text)) == "absent_subscriber")
        frame = frame.with_columns(status=pl.when(absent.fill_null(False)).then(pl.lit("buffered", STATUS)).otherwise("status"))
        last_resort = status.replace_strict(STATUS_REASONS, default=None, return_dtype=REASON)
        return frame.with_columns(reason=pl.when(negative).then(pl.coalesce("said", last_resort))).drop("said")


def _first_of(one: pl.Series, other: pl.Series) -> pl.Series:
    """The one, and the other where it is empty."""
    return one if other.null_count() == len(other) else one.to_frame("one").select(pl.coalesce("one", other)).to_series()


def _by_feed(values: dict[str, str | None]) -> pl.Expr:
    """What a feed has; the one value where all have the same."""
    if len(set(values.values())) == 1:
        return pl.lit(next(iter(values.values())), pl.String)
    return pl.col("feed").replace_strict(list(values), list(values.values()), default=None, return_dtype=pl.String)


def _scattered(asked: pl.Series, read: Callable[[pl.DataFrame], pl.Series], frame: pl.DataFrame) -> pl.Series:
    """`read` for the rows that need it, null for the others."""
    result = pl.Series([None], dtype=REASON).new_from_index(0, frame.height)
    if not asked.any():
        return result
    return result.scatter(asked.arg_true(), read(frame.filter(asked)).cast(REASON))


def _completed(readings: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The frame with every column of `schema`, in its type."""
    given = set(readings.columns)
    return readings.select(pl.col(name).cast(dtype) if name in given else pl.lit(None, dtype).alias(name) for name, dtype in schema.items())


def message_key() -> pl.Expr:
    """Feed and id, the id in lower case without leading zeros; feed and reference where there is no id; empty where there is neither.

    This is the key under the id rule `plain`; the resolver replaces it where a feed's ids need more.
    """
    bare = pl.col("message_id").str.to_lowercase().str.strip_chars_start("0")
    plain = pl.when(bare == "").then(pl.lit("0")).otherwise(bare)
    return pl.coalesce(pl.concat_str("feed", pl.lit("/"), plain), pl.concat_str("feed", pl.lit("/ref:"), "message_ref"))


def _extra(frame: pl.DataFrame) -> pl.Series:
    """`extra` with the submit date of the receipt as `submit_utc`. Few different ones stand in a batch, so each is written once."""
    dated = frame["submit_utc"].is_not_null()
    if not dated.any():
        return frame["extra"]
    pairs = frame.select("extra", "submit_utc").filter(dated)
    distinct = pairs.unique()
    written = [_with_submit(extra, submit) for extra, submit in distinct.iter_rows()]
    found = pairs.join(
        distinct.with_columns(written=pl.Series(written, dtype=pl.String)),
        on=["extra", "submit_utc"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return frame["extra"].scatter(dated.arg_true(), found["written"])


def _with_submit(extra: str | None, submit: datetime) -> str:
    fields = json.loads(extra) if extra else {}
    return json.dumps(fields | {"submit_utc": submit.isoformat()}, ensure_ascii=False)
