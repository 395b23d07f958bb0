"""Times in which a feed's receipts stayed away, or came late, far more often than they usually do: the table `outages`, found anew for whole feeds.

Over the sent messages of a feed, in the order in which their receipts were due, a sum goes up for each that stayed away and down for each that came
(a Bernoulli CUSUM). How much depends on what is usual for the operator and the hour of the day, so a habit raises no alarm. What is summed is read
from counts of short times; single messages are looked at only where these leave room for an outage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from math import log
from typing import Final

import duckdb
import polars as pl

from sms_analytics.database import store
from sms_analytics.resolving import outage_kinds
from sms_analytics.resolving.deciding import sql
from sms_analytics.vocabulary import ANSWERED_OUTCOMES, SENT_OUTCOMES

#: Hours of the day are those that people sleep and work by.
_ZONE: Final = "Europe/Oslo"
_LEAST_USUAL: Final = 0.01
_MOST_USUAL: Final = 0.97
#: A day, or an hour of a day, tells what is usual if it has so many messages; so many of them there must be.
_FEW_MESSAGES: Final = 5
_DAYS: Final = 5
_DAYS_OF_HOURS: Final = 7
#: One false alarm in so many messages, by chance.
_ALARM: Final = 1e-4
_FEWEST_MESSAGES: Final = 1000
_FEWEST_BAD: Final = 8
#: What each receipt that came takes off the sum, whatever is usual.
_LOSS: Final = log(2)
#: Sums that should be 0 are not quite.
_NOTHING: Final = 1e-6
#: So often the ends of an outage are set anew.
_ROUNDS: Final = 5
#: How many messages a short time should have, and which lengths in seconds there are: they divide an hour.
_IN_A_SHORT_TIME: Final = 10
_LENGTHS: Final = (5, 10, 20, 60, 120, 300)


def usual_shares(hours: pl.DataFrame) -> pl.DataFrame:
    """`hours` (feed, operator, hour_utc, messages, bad) with `usual`: the share of bad ones that raises no alarm in that hour.

    The largest of 1 %, the median over days of the operator's share (the plain share where fewer than 5 days have 5 messages), and its median in that
    hour of the day (of 7 days or more); at most 97 %.
    """
    who = ["feed", "operator"]
    local = pl.col("hour_utc").dt.replace_time_zone("UTC").dt.convert_time_zone(_ZONE)
    dated = hours.with_columns(day=local.dt.date(), hour_of_day=local.dt.hour())
    share = pl.col("bad").sum() / pl.col("messages").sum()
    whole = dated.group_by(who).agg(plain=share)
    days = _medians(dated, who, "day", _DAYS, "by_day")
    times = _medians(dated, [*who, "hour_of_day"], "day", _DAYS_OF_HOURS, "by_hour")
    joined = (
        dated.join(whole, on=who, how="left", nulls_equal=True)
        .join(days, on=who, how="left", nulls_equal=True)
        .join(times, on=[*who, "hour_of_day"], how="left", nulls_equal=True)
    )
    usual = pl.max_horizontal(pl.lit(_LEAST_USUAL), pl.coalesce("by_day", "plain"), "by_hour").clip(upper_bound=_MOST_USUAL)
    return joined.select(*hours.columns, usual=usual)


def _medians(dated: pl.DataFrame, who: Sequence[str], day: str, days: int, name: str) -> pl.DataFrame:
    shares = dated.group_by(*who, day).agg(pl.col("messages").sum(), pl.col("bad").sum()).filter(pl.col("messages") >= _FEW_MESSAGES)
    medians = shares.group_by(who).agg((pl.col("bad") / pl.col("messages")).median().alias(name), pl.len().alias("days"))
    return medians.filter(pl.col("days") >= days).drop("days")


def gain(usual: pl.Expr) -> pl.Expr:
    """What each receipt that stayed away adds to the sum where such a share of them is usual."""
    return ((1 - (1 - usual) / 2) / usual).log()


def limit(sent: int) -> float:
    """What the sum must exceed in a feed that sent so many messages."""
    return log(max(sent, _FEWEST_MESSAGES) / _ALARM)


def excursions(steps: pl.Series, limit: float) -> list[tuple[int, int, float]]:
    """Where the sum of the steps, never below 0, exceeds the limit: first step, step of the peak, and the peak, in order.

    An excursion is over when the sum is 0 again, or has fallen by the limit from its peak: then it begins anew at 0.
    """
    found: list[tuple[int, int, float]] = []
    ahead = [(0, steps.len())]
    while ahead:
        begin, end = ahead.pop()
        for first, last in _above(steps.slice(begin, end - begin), limit):
            sums = steps.slice(begin + first, last - first + 1).cum_sum()
            fallen = (sums <= sums.cum_max() - limit) & (sums.cum_max() >= limit)
            over = fallen.arg_max() if fallen.any() else None
            peak = (sums if over is None else sums.slice(0, over + 1)).arg_max() or 0
            found.append((begin + first, begin + first + peak, float(sums[peak])))
            if over is not None:
                ahead.append((begin + first + over + 1, begin + last + 1))
    return sorted(found)


def _above(steps: pl.Series, limit: float) -> list[tuple[int, int]]:
    """First and last step of the times above 0 in which the sum exceeds the limit."""
    if steps.is_empty():
        return []
    sums = pl.DataFrame({"sum": running_sums(steps)}).with_row_index("step").with_columns(run=(pl.col("sum") > _NOTHING).rle_id())
    runs = sums.group_by("run").agg(pl.col("sum").max().alias("peak"), pl.col("step").min().alias("first"), pl.col("step").max().alias("last"))
    return runs.filter(pl.col("peak") > limit).sort("first").select("first", "last").rows()


def running_sums(steps: pl.Series) -> pl.Series:
    """The sum after each step, never below 0."""
    sums = steps.cum_sum()
    return sums - sums.cum_min().clip(upper_bound=0)


@dataclass(frozen=True)
class Window:
    """One outage before it is known of what kind it is. `received`: how many receipts of the feed came meanwhile."""

    feed: str
    start_utc: datetime
    end_utc: datetime
    messages: int
    bad: int
    resolved_later: int
    pending: int
    received: int
    score: float
    is_habit: bool = False


def find(connection: duckdb.DuckDBPyConnection, feeds: Sequence[str]) -> None:
    """Finds `receipt_habits` and `outages` of these feeds anew, from `messages` and `feeds` as the connection sees them."""
    connection.execute("CREATE OR REPLACE TEMP TABLE asked_feeds AS SELECT unnest($feeds::VARCHAR[]) AS feed", {"feeds": list(feeds)})
    for table in ("receipt_habits", "slow_hours", "outage_windows"):
        connection.execute(f"DELETE FROM {table} WHERE feed IN (FROM asked_feeds)")
    connection.execute(sql("receipt_habits"))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW due_messages AS SELECT * FROM ({due_messages('messages')}) WHERE feed IN (FROM asked_feeds)")
    store.insert(connection, "outage_windows", [tuple(getattr(window, field.name) for field in fields(Window)) for window in _windows(connection)])
    outage_kinds.of_all(connection)


def due_messages(messages: str) -> str:
    """The query of when the receipts of these messages (a table like `messages`) were due, and whether they stayed away: see `due.sql`."""
    return sql("due").format(messages=messages)


#: By feed and hour of hand-over: how many messages have no answer or a late one, and how many answers took more than twice as long as usual.
_HOURS: Final = f"""
SELECT
    feed,
    any_value(sent) AS sent,
    date_trunc('hour', begun_utc) AS hour_utc,
    count(*) AS messages,
    count(*) FILTER (NOT is_answered OR wait_us > held_after_s * 1e6) AS doubtful,
    count(*) FILTER (is_timely) AS answered,
    count(*) FILTER (is_timely AND wait_us > 2e6 * usual_wait_s) AS slow
FROM (
    SELECT
        messages.feed,
        sent,
        usual_wait_s,
        held_after_s,
        outcome IN {ANSWERED_OUTCOMES} AS is_answered,
        greatest(submitted_utc, scheduled_utc) AS begun_utc,
        epoch_us(coalesce(final_received_utc, final_utc)) - epoch_us(begun_utc) AS wait_us,
        coalesce(
            epoch_us(final_received_utc) - epoch_us(CASE WHEN has_clock THEN final_utc ELSE begun_utc END) > held_after_s * 1e6, false
        ) AS is_held,
        is_answered AND NOT is_held AND last_status <> 'expired' AS is_timely
    FROM messages
    JOIN receipt_habits USING (feed)
    WHERE messages.feed IN (FROM asked_feeds) AND outcome IN {SENT_OUTCOMES} AND NOT refused AND NOT submission_missing AND usual_wait_s IS NOT NULL
)
GROUP BY ALL
"""
_COUNTS: Final = """
SELECT feed, operator, epoch_us(due_utc) // (length_s * 1000000) AS number, any_value(length_s) AS length_s, count(*) AS messages,
    count(*) FILTER (is_bad) AS bad
FROM due_messages
JOIN lengths USING (feed)
WHERE due_utc IS NOT NULL
GROUP BY ALL
"""
_CLOSER: Final = """
SELECT feed, operator, submitted_utc, received_utc, due_utc, is_bad, is_held, is_pending
FROM due_messages
JOIN suspected USING (feed)
WHERE due_utc >= from_utc AND due_utc < until_utc
"""


def _windows(connection: duckdb.DuckDBPyConnection) -> Iterator[Window]:
    handed_over: pl.DataFrame = connection.sql(_HOURS).pl()
    # Most small feeds have too few messages without an answer, or with a late one, for any outage.
    pace = (
        handed_over.group_by("feed")
        .agg(pl.col("sent").first(), pl.col("doubtful").sum(), an_hour=pl.col("messages").sum() / pl.len())
        .filter(pl.col("doubtful") >= _FEWEST_BAD)
    )
    if pace.is_empty():
        return
    connection.execute("DELETE FROM asked_feeds WHERE feed NOT IN (SELECT unnest($feeds::VARCHAR[]))", {"feeds": pace["feed"].to_list()})
    _find_slow_hours(connection, handed_over)
    limits = {feed: limit(sent) for feed, sent in pace.select("feed", "sent").iter_rows()}
    lengths = pl.DataFrame(
        [(feed, _length(an_hour)) for feed, an_hour in pace.select("feed", "an_hour").iter_rows()], ["feed", "length_s"], orient="row"
    )
    counts = _asked(connection, "lengths", lengths, _COUNTS)
    began = pl.from_epoch(pl.col("number") * pl.col("length_s"), "s").cast(pl.Datetime("us"))
    short = counts.with_columns(began_utc=began, hour_utc=began.dt.truncate("1h"))
    hours = short.group_by("feed", "operator", "hour_utc").agg(pl.col("messages").sum(), pl.col("bad").sum())
    usual = usual_shares(hours).select("feed", "operator", "hour_utc", "usual")
    suspected = _suspected(short.join(usual, on=["feed", "operator", "hour_utc"], nulls_equal=True), limits)
    if suspected.is_empty():
        return
    closer = _asked(connection, "suspected", suspected, _CLOSER).with_columns(hour_utc=pl.col("due_utc").dt.truncate("1h"))
    known = closer.join(usual, on=["feed", "operator", "hour_utc"], nulls_equal=True).sort("feed", "due_utc", "submitted_utc", "is_bad")
    for (feed,), messages in known.partition_by("feed", as_dict=True, maintain_order=True).items():
        windows = list(_of_feed(str(feed), messages, limits[str(feed)]))
        due = hours.filter(pl.col("feed") == feed)
        for window, is_habit in zip(windows, outage_kinds.habits(windows, due), strict=True):
            yield replace(window, is_habit=is_habit)


def _find_slow_hours(connection: duckdb.DuckDBPyConnection, handed_over: pl.DataFrame) -> None:
    """Hours most of whose answers were slow; where nearly all stayed away the few others tell nothing of them."""
    are_slow = (pl.col("slow") > pl.col("answered") / 2) & (pl.col("answered") > 0.4 * pl.col("messages"))
    hours = handed_over.filter(are_slow).select("feed", "hour_utc")
    if not hours.is_empty():
        connection.register("hours_in_doubt", hours)
        connection.execute(sql("slow_hours"))
        connection.unregister("hours_in_doubt")


def _length(an_hour: float) -> int:
    wanted = _IN_A_SHORT_TIME * 3600 / max(an_hour, 1)
    return max((length for length in _LENGTHS if length <= wanted), default=_LENGTHS[0])


def _asked(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, query: str) -> pl.DataFrame:
    connection.register(name, frame)
    try:
        answer: pl.DataFrame = connection.sql(query).pl()
    finally:
        connection.unregister(name)
    return answer


def _suspected(short: pl.DataFrame, limits: dict[str, float]) -> pl.DataFrame:
    """Times in which there may be an outage, of counts of short times: whatever the order within each short time was, outside of them the sum cannot
    have exceeded the limit, and was 0 somewhere in the first and in the last short time of each.
    """
    summed = short.group_by("feed", "began_utc").agg(
        up=(gain(pl.col("usual")) * pl.col("bad")).sum(),
        down=(pl.col("messages") - pl.col("bad")).sum() * _LOSS,
        until_utc=(pl.col("began_utc") + pl.duration(seconds="length_s")).first(),
    )
    rows: list[tuple[str, datetime, datetime]] = []
    for (feed,), times in summed.sort("feed", "began_utc").partition_by("feed", as_dict=True, maintain_order=True).items():
        rows += [(str(feed), begin, end) for begin, end in _joined(_runs(times, limits[str(feed)]))]
    return pl.DataFrame(rows, {"feed": pl.String, "from_utc": pl.Datetime("us"), "until_utc": pl.Datetime("us")}, orient="row")


def _runs(times: pl.DataFrame, limit: float) -> list[tuple[datetime, datetime]]:
    # The sum is highest after a short time if what came was due first, and highest within it if what stayed away was.
    steps = times.select(pl.concat_list(-pl.col("down"), "up").explode(empty_as_null=False))["down"]
    before = running_sums(steps).gather_every(2, 1).shift(1, fill_value=0.0)
    known = times.with_columns(before=before).with_columns(
        highest=pl.col("before") + pl.col("up"),
        is_wiped=pl.col("before") + pl.col("up") - pl.col("down") <= 0,
        from_utc=pl.col("began_utc").shift(1).fill_null(pl.col("began_utc")),
    )
    runs = known.group_by(pl.col("is_wiped").cum_sum().shift(1, fill_value=0).alias("run")).agg(
        pl.col("highest").max(), pl.col("from_utc").min(), pl.col("until_utc").max()
    )
    return runs.filter(pl.col("highest") > limit).sort("from_utc").select("from_utc", "until_utc").rows()


def _joined(times: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in times:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _of_feed(feed: str, messages: pl.DataFrame, limit: float) -> Iterator[Window]:
    """The outages of one feed; `messages` are those of its suspected times, by their due time."""
    ahead = [(0, messages.height)]
    while ahead:
        begin, end = ahead.pop()
        some = messages.slice(begin, end - begin)
        steps = some.select(pl.when("is_bad").then(gain(pl.col("usual"))).otherwise(-_LOSS).alias("step"))["step"]
        for first, peak, score in excursions(steps, limit):
            begun, ended = core(some.slice(first, peak - first + 1))
            within = some.slice(first + begun, ended - begun + 1)
            bad = int(within["is_bad"].sum())
            if bad < _FEWEST_BAD:
                continue
            ends = within["due_utc"][0], within["due_utc"][-1]
            held, pending = int(within["is_held"].sum()), int(within["is_pending"].sum())
            yield Window(feed, *ends, within.height, bad, held, pending, _received(messages, within), score)
            # What was left off may be an outage of its own.
            beside = (begin + first, begin + first + begun), (begin + first + ended + 1, begin + peak + 1)
            ahead += [piece for piece in beside if piece[1] - piece[0] >= _FEWEST_BAD]


def _received(messages: pl.DataFrame, within: pl.DataFrame) -> int:
    """How many receipts of the feed came while others of an outage were held back: what was held comes when that is over."""
    last = within.filter("is_held")["due_utc"].max()
    return int(messages["received_utc"].is_between(within["due_utc"][0], last).sum()) if isinstance(last, datetime) else 0


def core(messages: pl.DataFrame) -> tuple[int, int]:
    """The first and the last of the messages (`is_bad`, `usual`) of an outage: where its share of bad ones is most likely to have begun and ended.

    The sum that found it goes up whenever a sixth or so are bad, so a few that stayed away for other reasons can have begun it long before. Here the
    outage's own share is set against the usual one, and the part is taken for which most speaks, until its share changes no more.
    """
    begin, end = 0, messages.height - 1
    for _ in range(_ROUNDS):
        share = min(_MOST_USUAL, float(messages["is_bad"].slice(begin, end - begin + 1).mean() or 0))  # type: ignore[arg-type]
        usual = pl.min_horizontal(pl.col("usual"), pl.lit(share))
        step = pl.when("is_bad").then((share / usual).log()).otherwise(((1 - share) / (1 - usual)).log())
        sums = running_sums(messages.select(step=step)["step"])
        last = sums.arg_max() or 0
        before = (sums.slice(0, last) <= _NOTHING).reverse()
        first = last - (before.arg_max() or 0) if before.any() else 0
        if (first, last) == (begin, end):
            break
        begin, end = first, last
    return begin, end
