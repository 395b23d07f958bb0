"""The tables as they are described, as they are defined, and as a load fills them."""

from pathlib import Path
from typing import Any

import duckdb
import pandera.polars as pa
import polars as pl
import pytest
from pandera.errors import SchemaErrors

from sms_analytics.database import store
from sms_analytics.database.schemas import EVENT_COLUMNS, MESSAGE_COLUMNS, OWN_COLUMNS, SHARED_COLUMNS
from sms_analytics.database.validation import EVENT_ROWS, EVENTS, MESSAGES
from sms_analytics.simulate.simulation import simulate
from tests import kannel_log as log

#: The type in DuckDB of each type in polars. A closed set is text, and so is JSON to polars.
TYPES = {
    pl.Int16(): "SMALLINT",
    pl.Int32(): "INTEGER",
    pl.Int64(): "BIGINT",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOLEAN",
    pl.String(): "VARCHAR",
    pl.Datetime("us"): "TIMESTAMP",
}
#: The columns that the contract names, in its order.
CONTRACT = {
    "events": "load_id record_no event_no format feed kind message_id message_ref message_key part_no parts account campaign client_ref sender recipient "
    "country operator mccmnc operator_source event_utc received_utc scheduled_utc time_precision time_zone receipt_requested status status_raw said_by "
    "reason code_raw code_system detail price charge_status copies extra raw",
    "messages": "message_key message_id message_ref feed account campaign client_ref sender recipient country operator mccmnc parts submitted_utc "
    "scheduled_utc deadline_utc first_receipt_utc final_utc final_received_utc last_status outcome decided_by refused reason reason_class code_raw "
    "code_system detail receipts folded conflict late submission_missing receipt_requested price charge charge_status gap_cause",
    "loads": "load_id path sha256 bytes format feed time_zone state records accepted skipped rejected events unrecognised duplicates first_utc last_utc "
    "loaded_utc version",
    "rejects": "load_id record_no raw field rule message",
}


def types_of(schema: pa.DataFrameSchema) -> dict[str, str]:
    found = {}
    for name, column in schema.columns.items():
        dtype = column.dtype.type
        found[name] = "JSON" if name == "extra" else "VARCHAR" if isinstance(dtype, pl.Enum) else TYPES[dtype]
    return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    simulate(1500, 11, folder)
    log.load(folder / "sms.duckdb", folder / "logs", config=folder / "sms_analytics.toml", time_zone=None)
    return folder / "sms.duckdb"


def columns(db: Path, table: str) -> dict[str, str]:
    return {row["column_name"]: row["column_type"] for row in log.rows(db, f"DESCRIBE {table}")}


@pytest.mark.parametrize(("table", "schema"), [("events", EVENTS), ("messages", MESSAGES)])
def test_the_database_has_the_columns_and_types_of_the_schema_in_order(sample: Path, table: str, schema: pa.DataFrameSchema) -> None:
    assert list(columns(sample, table).items()) == list(types_of(schema).items())


@pytest.mark.parametrize("table", list(CONTRACT))
def test_the_columns_are_those_of_the_contract(sample: Path, table: str) -> None:
    assert list(columns(sample, table)) == CONTRACT[table].split()


def test_the_names_in_order_are_public() -> None:
    assert list(EVENT_COLUMNS) == CONTRACT["events"].split()
    assert list(MESSAGE_COLUMNS) == CONTRACT["messages"].split()


@pytest.mark.parametrize(("schema", "name"), [(schema, name) for schema in (EVENTS, MESSAGES) for name in schema.columns])
def test_every_column_says_what_it_means(schema: pa.DataFrameSchema, name: str) -> None:
    description = schema.columns[name].description
    assert description
    assert description == description.strip()
    assert not description.endswith(".")


def fits(schema: pa.DataFrameSchema, db: Path, table: str) -> pl.DataFrame:
    connection = store.connect(db)
    frame: pl.DataFrame = connection.sql(f"FROM {table}").pl()
    connection.close()
    typed = frame.select(pl.col(name).cast(column.dtype.type) for name, column in schema.columns.items())
    schema.validate(typed, lazy=True)
    return typed


def test_a_loaded_sample_fits_both_schemas(sample: Path) -> None:
    assert fits(EVENTS, sample, "events").height > 1500
    messages = fits(MESSAGES, sample, "messages")
    assert messages.height == 1500
    assert messages["message_key"].n_unique() == 1500


def test_every_column_is_filled_somewhere_in_the_sample(sample: Path) -> None:
    def empty(table: str, names: tuple[str, ...]) -> set[str]:
        counts = log.rows(sample, f"SELECT {', '.join(f'count({name}) AS {name}' for name in names)} FROM {table}")[0]
        return {name for name, count in counts.items() if count == 0}

    # No simulated log says what became of a charge, or names a network by its code.
    assert empty("events", EVENT_COLUMNS) == {"charge_status", "mccmnc"}
    assert empty("messages", MESSAGE_COLUMNS) == {"charge_status", "mccmnc"}


EVENT: dict[str, Any] = {
    "load_id": 1,
    "record_no": 1,
    "event_no": 1,
    "format": "kannel",
    "feed": "telia1",
    "kind": "receipt",
    "received_utc": log.START,
    "time_precision": "second",
    "status": "delivered",
    "said_by": "operator",
    "copies": 1,
    "raw": "***",
}


def one(**changes: Any) -> pl.DataFrame:
    row = dict.fromkeys(EVENT_COLUMNS) | EVENT | changes
    return pl.DataFrame([row], schema={name: column.dtype.type for name, column in EVENTS.columns.items()})


def test_an_ordinary_event_fits() -> None:
    EVENTS.validate(one(), lazy=True)


@pytest.mark.parametrize("name", sorted(EVENT.keys() - {"received_utc"}))
def test_what_every_event_has_may_not_be_empty(name: str) -> None:
    with pytest.raises(SchemaErrors) as caught:
        EVENTS.validate(one(**{name: None}), lazy=True)
    assert caught.value.failure_cases["column"].to_list() == [name]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("record_no", 0),
        ("event_no", 0),
        ("part_no", 0),
        ("parts", 0),
        ("copies", 0),
        ("country", "no"),
        ("country", "NOR"),
        ("mccmnc", "2420"),
        ("mccmnc", "242-01"),
    ],
)
def test_values_outside_their_domain_are_refused(column: str, value: object) -> None:
    with pytest.raises(SchemaErrors) as caught:
        EVENTS.validate(one(**{column: value}), lazy=True)
    assert caught.value.failure_cases["column"].to_list() == [column]


@pytest.mark.parametrize("name", [name for name in OWN_COLUMNS if EVENTS.columns[name].checks or not EVENTS.columns[name].nullable])
def test_rows_asked_in_one_question_are_refused_for_the_same_reasons(name: str) -> None:
    EVENT_ROWS.validate(one().select(OWN_COLUMNS), lazy=True)
    wrong = [None] if not EVENTS.columns[name].nullable else []
    for value in wrong + ([0] if EVENTS.columns[name].checks else []):
        for schema, columns in ((EVENTS, EVENT_COLUMNS), (EVENT_ROWS, OWN_COLUMNS)):
            with pytest.raises(SchemaErrors):
                schema.validate(one(**{name: value}).select(columns), lazy=True)


def test_rows_asked_in_one_question_have_a_time_and_the_types_of_the_schema() -> None:
    for wrong in (one(received_utc=None), one().with_columns(pl.col("price").cast(pl.Float32)), one().with_columns(more=1)):
        with pytest.raises(SchemaErrors):
            EVENT_ROWS.validate(wrong.select(pl.exclude(*SHARED_COLUMNS)), lazy=True)


def test_an_event_without_any_time_is_refused() -> None:
    with pytest.raises(SchemaErrors, match="has_a_time"):
        EVENTS.validate(one(received_utc=None), lazy=True)


@pytest.mark.parametrize("change", ["more", "fewer", "order"])
def test_columns_must_be_those_of_the_schema_in_order(change: str) -> None:
    frames = {"more": one().with_columns(own=pl.lit(1)), "fewer": one().drop("detail"), "order": one().select(reversed(EVENT_COLUMNS))}
    with pytest.raises(SchemaErrors):
        EVENTS.validate(frames[change], lazy=True)


def test_the_vocabulary_stands_in_the_file(sample: Path) -> None:
    unknown = "SELECT DISTINCT reason FROM messages WHERE reason IS NOT NULL AND reason NOT IN (SELECT reason FROM reasons)"
    assert log.rows(sample, unknown) == []
    assert log.rows(sample, "SELECT DISTINCT status FROM events WHERE status NOT IN (SELECT status FROM statuses)") == []


def test_analysts_can_attach_the_file_to_a_database_of_their_own(sample: Path, tmp_path: Path) -> None:
    own = duckdb.connect(str(tmp_path / "own.duckdb"))
    own.execute(f"ATTACH '{sample}' AS sms (READ_ONLY)")
    own.execute("CREATE TABLE mine AS SELECT outcome, count(*) AS messages FROM sms.messages GROUP BY outcome")
    assert own.execute("SELECT sum(messages)::BIGINT FROM mine").fetchall() == [(1500,)]
    own.close()
