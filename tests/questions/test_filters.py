"""Which messages a question takes, how they are grouped and sorted, and what is refused: the same for every question, so tried on `rates`."""

import inspect
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer

from sms_analytics.cli.commands import app
from sms_analytics.database.schemas import MESSAGE_COLUMNS
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import metrics, selecting
from sms_analytics.questions.changes import changes
from sms_analytics.questions.filters import FilterOptions, Filters, FiltersWithoutPeriod
from sms_analytics.questions.gaps import gaps
from sms_analytics.questions.outages import outages
from sms_analytics.questions.waits import latency
from tests.messages_table import Row, database, message, messages_of, utc


def groups(rows: list[Row], by: str, **filters: Any) -> list[tuple[Any, ...]]:
    """The group columns of `rates` with the number of messages."""
    frame = metrics.rates(database(rows), by=by, **filters)
    return frame.select(frame.columns[: frame.columns.index("messages") + 1]).rows()


def count(db: duckdb.DuckDBPyConnection, **filters: Any) -> int:
    return int(metrics.rates(db, **filters)["messages"].sum())


class TestOneList:
    """The filters stand in one place; whatever takes them takes all of them."""

    QUESTIONS = (metrics.rates, metrics.reasons, latency, metrics.messages, metrics.notes, gaps, changes)

    def test_the_type_checker_knows_the_same_keywords(self) -> None:
        assert set(FilterOptions.__annotations__) == {one.name for one in fields(Filters)}
        assert set(FiltersWithoutPeriod.__annotations__) == set(FilterOptions.__annotations__) - {"since", "until"}

    @pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
    def test_help_names_each_with_its_default(self, question: Callable[..., Any]) -> None:
        shown = inspect.signature(question).parameters
        required = ("since", "until") if question is changes else ()
        assert {one.name: shown[one.name].default for one in fields(Filters) if one.name not in required} == {
            one.name: one.default for one in fields(Filters) if one.name not in required
        }

    def test_the_command_line_has_each_as_an_option(self) -> None:
        group: Any = typer.main.get_command(app)
        for name in ("rates", "reasons", "latency", "gaps", "messages", "changes"):
            assert {one.name for one in fields(Filters)} <= {option.name for option in group.commands[name].params}

    def test_messages_known_from_receipts_can_be_listed_alone(self) -> None:
        rows = [message(feed="south", submission_missing=True), *messages_of(2, feed="north")]
        assert metrics.messages(database(rows), receipts_only=True)["feed"].to_list() == ["south"]


class TestDimensions:
    @pytest.mark.parametrize(
        ("dimension", "value"),
        [
            ("operator", "Telia"),
            ("country", "SE"),
            ("account", "Fjord"),
            ("campaign", "October"),
            ("feed", "south"),
            ("sender", "Nordlys"),
            ("outcome", "failed"),
            ("day", date(2026, 10, 2)),
            ("week", date(2026, 9, 28)),
            ("month", date(2026, 10, 1)),
            ("hour_of_day", 0),
            ("weekday", 5),
        ],
    )
    def test_each_by_itself(self, dimension: str, value: object) -> None:
        row = message(
            operator="Telia",
            country="SE",
            account="Fjord",
            campaign="October",
            feed="south",
            sender="Nordlys",
            outcome="failed",
            submitted_utc=utc("2026-10-01T22:30"),
        )
        assert groups([row], dimension) == [(value, 1)]

    def test_hour_comes_with_its_beginning_in_utc(self) -> None:
        assert groups([message(submitted_utc=utc("2026-10-01T22:30"))], "hour") == [(utc("2026-10-02T00:00"), utc("2026-10-01T22:00"), 1)]

    def test_hours_of_a_zone_that_is_half_an_hour_off(self) -> None:
        rows = [message(submitted_utc=utc("2026-10-01T18:29")), message(submitted_utc=utc("2026-10-01T18:31"))]
        assert groups(rows, "hour", zone="Asia/Kolkata") == [
            (utc("2026-10-01T23:00"), utc("2026-10-01T17:30"), 1),
            (utc("2026-10-02T00:00"), utc("2026-10-01T18:30"), 1),
        ]

    def test_without_by_there_is_one_row_for_all(self) -> None:
        assert groups(messages_of(3), "") == [(3,)]
        assert metrics.rates(database(messages_of(3)), by=[]).height == 1

    def test_as_text_or_as_list(self) -> None:
        db = database(messages_of(3))
        assert metrics.rates(db, by="operator, day").equals(metrics.rates(db, by=["operator", "day"]))

    @pytest.mark.parametrize("by", ["operatr", "reason", "message_key", "operator,", 'operator" from messages; drop table messages; --'])
    def test_an_unknown_one_is_refused_with_the_accepted_ones(self, by: str) -> None:
        db = database(messages_of(3))
        with pytest.raises(UsageError, match=r"--by: rates has no dimension '.*accepted: operator, country, account, .*, hour_of_day, weekday$"):
            metrics.rates(db, by=by)
        assert count(db) == 3

    def test_twice_the_same_is_refused(self) -> None:
        with pytest.raises(UsageError, match="'day' is named twice"):
            metrics.rates(database(messages_of(3)), by="day,operator,day")


class TestOrder:
    def test_most_messages_first_then_by_name_and_unknown_last_among_equals(self) -> None:
        operators = ["Ice", None, "Telia", "Telia", "Altibox", "Telenor", "Telenor", "Telenor"]
        rows = [message(operator=operator) for operator in operators]
        assert groups(rows, "operator") == [("Telenor", 3), ("Telia", 2), ("Altibox", 1), ("Ice", 1), (None, 1)]

    def test_the_unknown_operator_takes_its_place_by_number(self) -> None:
        assert groups([*messages_of(2, operator=None), message(operator="Ice")], "operator") == [(None, 2), ("Ice", 1)]

    def test_later_dimensions_sort_within_the_earlier_ones(self) -> None:
        rows = [
            *messages_of(3, operator="Telia", country="SE"),
            *messages_of(2, operator="Telenor", country="NO"),
            *messages_of(2, operator="Telenor", country="SE"),
            *messages_of(1, operator="Telia", country="NO"),
            *messages_of(1, operator="Telenor", country=None),
        ]
        assert groups(rows, "operator,country") == [
            *(("Telenor", "NO", 2), ("Telenor", "SE", 2), ("Telenor", None, 1)),
            *(("Telia", "SE", 3), ("Telia", "NO", 1)),
        ]

    def test_time_goes_forward_whatever_the_numbers(self) -> None:
        days = [("2026-10-02", "Telenor"), ("2026-10-03", "Telia"), ("2026-10-03", "Ice"), ("2026-10-03", "Ice"), ("2026-10-01", "Ice")]
        rows = [message(submitted_utc=utc(day), operator=operator) for day, operator in days]
        assert groups(rows, "day,operator") == [
            (date(2026, 10, 1), "Ice", 1),
            (date(2026, 10, 2), "Telenor", 1),
            (date(2026, 10, 3), "Ice", 2),
            (date(2026, 10, 3), "Telia", 1),
        ]


class TestSummerTime:
    def test_the_night_it_ends_has_the_second_hour_twice(self) -> None:
        rows = [message(submitted_utc=utc("2026-10-24T22:10") + timedelta(hours=hour)) for hour in range(5)]
        assert groups(rows, "hour") == [
            (utc("2026-10-25T00:00"), utc("2026-10-24T22:00"), 1),
            (utc("2026-10-25T01:00"), utc("2026-10-24T23:00"), 1),
            (utc("2026-10-25T02:00"), utc("2026-10-25T00:00"), 1),
            (utc("2026-10-25T02:00"), utc("2026-10-25T01:00"), 1),
            (utc("2026-10-25T03:00"), utc("2026-10-25T02:00"), 1),
        ]
        assert groups(rows, "hour_of_day") == [(0, 1), (1, 1), (2, 2), (3, 1)]

    def test_the_night_it_begins_has_no_second_hour(self) -> None:
        rows = [message(submitted_utc=utc("2026-03-28T23:10") + timedelta(hours=hour)) for hour in range(3)]
        assert groups(rows, "hour") == [
            (utc("2026-03-29T00:00"), utc("2026-03-28T23:00"), 1),
            (utc("2026-03-29T01:00"), utc("2026-03-29T00:00"), 1),
            (utc("2026-03-29T03:00"), utc("2026-03-29T01:00"), 1),
        ]

    @pytest.mark.parametrize(("first", "last", "hours"), [("2026-10-24T22:00", "2026-10-25T22:59", 25), ("2026-03-28T23:00", "2026-03-29T21:59", 23)])
    def test_a_day_can_have_25_or_23_hours(self, first: str, last: str, hours: int) -> None:
        begin, end = utc(first), utc(last)
        rows = [message(submitted_utc=begin + timedelta(hours=hour)) for hour in range(-1, hours + 1)]
        day = (end + timedelta(hours=1)).date()
        assert dict(groups(rows, "day"))[day] == hours
        assert count(database(rows), since=day, until=day + timedelta(days=1)) == hours

    def test_days_weeks_and_months_turn_at_local_midnight(self) -> None:
        before, after = message(submitted_utc=utc("2026-10-31T22:59")), message(submitted_utc=utc("2026-10-31T23:00"))
        assert groups([before, after], "day") == [(date(2026, 10, 31), 1), (date(2026, 11, 1), 1)]
        assert groups([before, after], "month") == [(date(2026, 10, 1), 1), (date(2026, 11, 1), 1)]
        sunday, monday = message(submitted_utc=utc("2026-10-25T22:59")), message(submitted_utc=utc("2026-10-25T23:00"))
        assert groups([sunday, monday], "week,weekday") == [(date(2026, 10, 19), 7, 1), (date(2026, 10, 26), 1, 1)]

    def test_another_zone_gives_other_days(self) -> None:
        row = message(submitted_utc=utc("2026-10-01T23:30"))
        assert groups([row], "day") == [(date(2026, 10, 2), 1)]
        assert groups([row], "day", zone="UTC") == [(date(2026, 10, 1), 1)]
        assert groups([row], "day", zone="America/New_York") == [(date(2026, 10, 1), 1)]

    @pytest.mark.parametrize("zone", ["Europe/Olso", "europe/oslo ", "Mars", "", "localtime", "../../secret", "UTC'); drop table messages; --"])
    def test_an_unknown_zone_is_refused(self, zone: str) -> None:
        with pytest.raises(UsageError, match=r"--zone: unknown time zone '.*accepted are IANA names such as Europe/Oslo or UTC"):
            metrics.rates(database(messages_of(1)), zone=zone)

    def test_a_misspelt_zone_is_answered_with_its_likely_name(self) -> None:
        with pytest.raises(UsageError, match=r"did you mean Europe/Oslo"):
            metrics.rates(database(messages_of(1)), zone="Europe/Olso")


TWELVE_HOURS = [message(submitted_utc=utc("2026-09-30T16:00") + timedelta(hours=hour)) for hour in range(12)]


class TestPeriod:
    @pytest.mark.parametrize(
        "since",
        [
            "2026-10-01",
            "2026-10-01 00:00",
            " 2026-10-01T00:00:00 ",
            "2026-09-30T22:00Z",
            "2026-10-01T01:00+03:00",
            date(2026, 10, 1),
            datetime.fromisoformat("2026-10-01T00:00"),
            datetime(2026, 9, 30, 22, tzinfo=UTC),
            datetime(2026, 9, 30, 20, tzinfo=timezone(timedelta(hours=-2))),
        ],
    )
    def test_since_includes_and_until_excludes_the_moment(self, since: Any) -> None:
        db = database(TWELVE_HOURS)
        assert count(db, since=since) == 6
        assert count(db, until=since) == 6

    def test_it_is_told_in_the_shown_zone(self) -> None:
        db = database(TWELVE_HOURS)
        assert count(db, since="2026-10-01", zone="UTC") == 4
        assert count(db, since="2026-10-01 02:00", until="2026-10-01 04:00", zone="Europe/Oslo") == 2

    def test_a_message_without_time_is_in_no_period(self) -> None:
        db = database([*TWELVE_HOURS, message(submitted_utc=None)])
        assert count(db) == 13
        assert count(db, since="2020-01-01") == 12
        assert metrics.rates(db, by="day")["day"].to_list() == [date(2026, 9, 30), date(2026, 10, 1), None]

    def test_in_the_repeated_hour_the_earlier_time_is_meant_unless_the_offset_is_given(self) -> None:
        db = database([message(submitted_utc=utc("2026-10-25T00:30") + timedelta(minutes=30 * step)) for step in range(4)])
        assert count(db, since="2026-10-25 02:30") == 4
        assert count(db, since="2026-10-25 02:30+01:00") == 2
        assert count(db, since=datetime.fromisoformat("2026-10-25T02:30").replace(fold=1)) == 2

    def test_a_time_that_the_clock_skips_is_an_hour_later(self) -> None:
        db = database([message(submitted_utc=utc("2026-03-29T01:15")), message(submitted_utc=utc("2026-03-29T01:45"))])
        assert count(db, since="2026-03-29 02:30") == 1

    @pytest.mark.parametrize("text", ["yesterday", "01.10.2026", "2026-13-01", "", "0001-01-01", "2026-10-01'; drop table messages; --"])
    def test_what_is_no_time_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match=r"--since '.*' is no date or time: write 2026-10-01 or '2026-10-01 08:00'"):
            metrics.rates(database(TWELVE_HOURS), since=text)

    def test_a_period_that_ends_before_it_begins_is_refused(self) -> None:
        with pytest.raises(UsageError, match="--since 2026-10-02 is not before --until 2026-10-01: the period is empty"):
            metrics.rates(database(TWELVE_HOURS), since="2026-10-02", until="2026-10-01")


class TestAccountAndCampaign:
    ROWS = (
        *messages_of(3, account="Nordlys", campaign="October"),
        *messages_of(2, account="Fjord", campaign="October"),
        *messages_of(1, account=None, campaign=None),
        *messages_of(1, account='O\'Hara -- "Søn"', campaign="x"),
    )

    def test_equal_to_the_letter(self) -> None:
        db = database(self.ROWS)
        assert (count(db, account="Nordlys"), count(db, campaign="October"), count(db, account="Fjord", campaign="October")) == (3, 5, 2)
        assert count(db, account='O\'Hara -- "Søn"') == 1

    @pytest.mark.parametrize("account", ["nordlys", "Nord%", "x' or 1=1 --", ""])
    def test_nothing_else_fits(self, account: str) -> None:
        with pytest.raises(NoDataError):
            metrics.rates(database(self.ROWS), account=account)


@pytest.fixture(scope="module")
def ten() -> duckdb.DuckDBPyConnection:
    """Ten messages that differ."""
    return database(
        [
            *messages_of(4, operator="Telenor", parts=1),
            *messages_of(3, operator="Telia", parts=2, submitted_utc=utc("2026-10-05T12:00")),
            *messages_of(2, operator=None, parts=3, price=5.0, final_utc=utc("2026-10-01T08:02")),
            *messages_of(1, operator="Ice", outcome="failed", code_raw="001", detail="Absent -- try; later"),
        ]
    )


class TestWhere:
    @pytest.mark.parametrize(
        ("where", "fitting"),
        [
            ("operator = 'Telia'", 3),
            ("OPERATOR = 'Telia'", 3),
            ("\"operator\" = 'Telia'", 3),
            ("messages.operator = 'Telia'", 3),
            ("operator is null", 2),
            ("operator is distinct from 'Telenor'", 6),
            ("operator in ('Telia', 'Ice') or price > 4", 6),
            ("operator = 'Telia' or operator = 'Ice' -- both", 4),
            ("operator = 'Telia' /* why */", 3),
            ("operator not like 'Tel%'", 1),
            ("operator ilike 'TEL%' and not late", 7),
            ("lower(operator) = 'ice'", 1),
            ("parts between 2 and 3", 5),
            ("-parts + 4 > 2", 4),
            ("submitted_utc >= '2026-10-05'", 3),
            ("submitted_utc - interval 4 days >= timestamp '2026-10-01'", 3),
            ("date_diff('second', submitted_utc, final_utc) = 120", 2),
            ("extract(hour from submitted_utc) = 12", 3),
            ("submitted_utc::date = date '2026-10-05'", 3),
            ("hour(submitted_utc at time zone 'UTC') = 12", 3),
            ("detail = 'Absent -- try; later'", 1),
            ("detail like '%;%'", 1),
            ("regexp_matches(code_raw, '^0+1$')", 1),
            ("try_cast(code_raw as integer) = 1", 1),
            ("case when operator is null then true else false end", 2),
            ("coalesce(operator, 'none') = 'none'", 2),
            ("operator collate nocase = 'telia'", 3),
            ("recipient[1:3] = '+47'", 10),
            ("true", 10),
        ],
    )
    def test_one_condition_on_the_columns(self, ten: duckdb.DuckDBPyConnection, where: str, fitting: int) -> None:
        assert count(ten, where=where) == fitting

    @pytest.mark.parametrize(
        ("where", "told"),
        [
            (
                "length(" + "replace(" * 9 + "recipient" + ", '0', '00000000')" * 9 + ") > 0",
                "a `replace` that makes a text longer can neither stand within another",
            ),
            (f"length(replace(recipient, '0', '{'x' * 101}')) > 0", "nor put more than 100 characters into it"),
            (f"detail like '{'%a' * 9}'", "at most 8 signs %"),
            ("detail like recipient", "the pattern of LIKE is a text in single quotes"),
            (" and ".join(["parts > 0"] * 3000), "--where is longer than 30000 characters"),
            ("timezone('Nowhere/x', submitted_utc) is null", "does not work: Not implemented Error: Unknown TimeZone"),
        ],
    )
    def test_what_would_take_all_the_time_or_memory_is_refused(self, ten: duckdb.DuckDBPyConnection, where: str, told: str) -> None:
        with pytest.raises(UsageError) as caught:
            metrics.rates(ten, where=where)
        assert told in str(caught.value)

    def test_a_replace_that_shortens_may_stand_within_others(self, ten: duckdb.DuckDBPyConnection) -> None:
        assert count(ten, where="length(replace(replace(replace(recipient, '+', ''), '0', 'x'), 'x', '00')) > 0") == 10

    def test_it_adds_to_the_other_filters_and_cannot_widen_them(self) -> None:
        rows = [*messages_of(3, account="Nordlys"), *messages_of(2, account="Fjord")]
        assert count(database(rows), account="Fjord", where="operator = 'Telia' or true") == 2

    def test_every_column_of_messages_can_be_named(self, ten: duckdb.DuckDBPyConnection) -> None:
        assert count(ten, where=" and ".join(f"({column} is null or {column} is not null)" for column in MESSAGE_COLUMNS)) == 10

    @pytest.mark.parametrize(
        ("where", "named"),
        [
            ("operater = 'Telia'", "operater"),
            ('operator = "Telia"', "Telia"),
            ("local > submitted_utc", "local"),
            ("counted_as = 'delivered'", "counted_as"),
            ("rowid = 1", "rowid"),
            ("feeds.feed = 'north'", "feeds.feed"),
            ("main.messages.feed = 'north'", "main.messages.feed"),
            ("submitted_utc::date = current_date", "current_date"),
        ],
    )
    def test_an_unknown_column_is_named_with_those_there_are(self, ten: duckdb.DuckDBPyConnection, where: str, named: str) -> None:
        with pytest.raises(UsageError) as caught:
            metrics.rates(ten, where=where)
        assert f"`messages` has no column {named} " in str(caught.value)
        assert str(caught.value).endswith(f"columns: {', '.join(MESSAGE_COLUMNS)}")

    @pytest.mark.parametrize(
        ("where", "why"),
        [
            ("1=1; drop table messages", "cannot be read as SQL"),
            ("1=1); drop table messages; --", "cannot be read as SQL"),
            ("1=1;", "cannot be read as SQL"),
            ("operator =", "cannot be read as SQL"),
            ("", "cannot be read as SQL"),
            ("operator = 'Telia", "cannot be read as SQL"),
            ("true /* never closed", "cannot be read as SQL"),
            ("true) or (true", "cannot be read as SQL"),
            ("true) where (true", "more than one condition"),
            ("true) x, (select 1", "more than one condition"),
            ("true) union all (select * from messages", "more than one condition"),
            ("true union all select * from messages", "more than one condition"),
            ("true limit 1", "more than one condition"),
            ("true order by random()", "more than one condition"),
            ("true group by all", "more than one condition"),
            ("true qualify true", "more than one condition"),
            ("operator in (select feed from feeds)", "takes no subqueries"),
            ("exists (from read_csv('secret.csv'))", "takes no subqueries"),
            ("(select count(*) from messages) > 1", "takes no subqueries"),
            ("count(*) over () > 1", "takes no window functions"),
            ("count(*) > 1", "takes no function 'count_star'"),
            ("columns('oper.*') = 'Telia'", "takes no `*`"),
            ("operator = $account", "takes no parameters"),
            ("operator = ?", "takes no parameters"),
            ("list_contains(list_filter(['a'], lambda x: x = 'a'), operator)", "takes no"),
            ("read_text('secret.csv') is not null", "takes no function 'read_text'"),
            ("\"READ_TEXT\"('secret.csv') is not null", "takes no function 'read_text'"),
            ("main.lower(operator) = 'ice'", "takes no function 'main.lower'"),
            ("getenv('HOME') <> ''", "takes no function 'getenv'"),
            ("current_setting('home_directory') <> ''", "takes no function 'current_setting'"),
            ("random() < 0.5", "takes no function 'random'"),
            ("submitted_utc < now()", "takes no function 'now'"),
            ("submitted_utc < current_timestamp", "current_timestamp"),
            ("age(submitted_utc) > interval 1 day", "takes no function 'age'"),
            ("query('drop table messages')", "takes no function 'query'"),
            ("not " * 5000 + "late", "Max expression depth"),
        ],
    )
    def test_anything_else_is_refused_and_nothing_happens(self, ten: duckdb.DuckDBPyConnection, where: str, why: str) -> None:
        with pytest.raises(UsageError) as caught:
            metrics.rates(ten, where=where)
        assert why in str(caught.value)
        assert "\n" not in str(caught.value)
        assert ten.execute("select count(*) from messages").fetchall() == [(10,)]

    @pytest.mark.parametrize(
        "where", ["operator = 5", "recipient::integer = 1", "date_trunc('fortnight', submitted_utc) is null", "lower(parts, 2) = 'x'"]
    )
    def test_a_condition_that_fails_on_the_values_says_so_without_showing_them(self, ten: duckdb.DuckDBPyConnection, where: str) -> None:
        with pytest.raises(UsageError, match=r"does not work: .*compare text with text") as caught:
            metrics.rates(ten, where=where)
        assert "+4740000001" not in str(caught.value)
        assert "Telenor" not in str(caught.value)

    @pytest.fixture
    def _machine_in_tokyo(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
        monkeypatch.undo()
        time.tzset()

    @pytest.mark.usefixtures("_machine_in_tokyo")
    def test_the_machine_has_no_say_in_the_hours(self) -> None:
        db = database(messages_of(3, submitted_utc=utc("2026-10-05T12:00")))
        db.execute("set global timezone = 'Asia/Tokyo'")
        db.execute("set session timezone = 'Asia/Tokyo'")
        assert os.environ["TZ"] == "Asia/Tokyo"
        assert count(db, where="submitted_utc::timestamptz = '2026-10-05 12:00+00'") == 3
        assert metrics.rates(db, by="hour_of_day")["hour_of_day"].to_list() == [14]
        assert db.execute("select current_setting('TimeZone')").fetchall() == [("Asia/Tokyo",)], "the reader's own session stays as it was"


class TestNoData:
    @pytest.mark.parametrize("ask", [metrics.rates, metrics.reasons, latency, metrics.messages, metrics.notes, gaps, outages])
    def test_an_empty_database_says_what_to_do(self, ask: Any) -> None:
        with pytest.raises(NoDataError, match=r"the database holds no messages: load logs first \(sms-analytics load PATH\)"):
            ask(database([]))

    def test_nothing_fits_tells_what_was_asked_and_what_there_is(self) -> None:
        db = database(TWELVE_HOURS)
        with pytest.raises(NoDataError) as caught:
            metrics.rates(db, since="2027-01-01", account="Nordlys", where="operator = 'Ice'")
        assert str(caught.value) == (
            "no message fits --since '2027-01-01 00:00 Europe/Oslo' --account 'Nordlys' --where 'operator = 'Ice''; loaded: 12 messages, "
            "2026-09-30 18:00 Europe/Oslo to 2026-10-01 05:00 Europe/Oslo; widen the period or leave out a filter"
        )

    def test_messages_without_any_time(self) -> None:
        with pytest.raises(NoDataError, match="loaded: 1 message, unknown time to unknown time"):
            metrics.rates(database([message(submitted_utc=None)]), since="2026-10-01")


class TestAsOf:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
        """The moments that the resolver was asked for; it answers with the first message alone until October, with none until September."""
        moments: list[datetime] = []

        def seen_at(db: duckdb.DuckDBPyConnection, moment: datetime) -> duckdb.DuckDBPyConnection:
            moments.append(moment)
            seen = db.cursor()
            seen.execute(f"create temp table messages as select * from main.messages limit {int(moment >= utc('2026-09-01'))}")
            return seen

        monkeypatch.setattr(selecting, "seen_at", seen_at)
        return moments

    def test_every_question_is_asked_of_what_was_known_then(self, asked: list[datetime]) -> None:
        db = database(TWELVE_HOURS)
        assert count(db, as_of="2026-10-01 08:00") == 1
        assert gaps(db, as_of=date(2026, 10, 1))["sent"].to_list() == [1]
        assert outages(db, as_of="2026-10-01 08:00", zone="UTC").is_empty()
        assert asked == [utc("2026-10-01T06:00"), utc("2026-09-30T22:00"), utc("2026-10-01T08:00")]
        assert count(db) == 12

    def test_before_everything(self, asked: list[datetime]) -> None:
        with pytest.raises(NoDataError, match=r"nothing was known yet as of 2026-08-01 00:00 Europe/Oslo: choose a later --as-of"):
            metrics.rates(database(TWELVE_HOURS), as_of="2026-08-01")
        assert len(asked) == 1

    def test_what_is_no_time_is_refused(self) -> None:
        with pytest.raises(UsageError, match="--as-of 'then' is no date or time"):
            metrics.rates(database(TWELVE_HOURS), as_of="then")


class TestConnection:
    def test_a_file_opened_for_reading_only(self, tmp_path: Path) -> None:
        path = tmp_path / "sms.duckdb"
        database(TWELVE_HOURS, path=path).close()
        with duckdb.connect(path, read_only=True) as db:
            assert count(db, account="Nordlys", where="operator = 'Telenor'") == 12
            assert outages(db).is_empty()
            assert metrics.messages(db, limit=1).height == 1

    def test_an_unfinished_result_of_the_reader_is_left_alone(self) -> None:
        db = database(TWELVE_HOURS)
        unfinished = db.execute("select submitted_utc from messages order by 1")
        assert count(db) == 12
        assert len(unfinished.fetchall()) == 12

    def test_a_database_that_is_none_of_ours_is_not_blamed_on_the_filters(self) -> None:
        with pytest.raises(duckdb.CatalogException, match="messages"):
            metrics.rates(duckdb.connect())
