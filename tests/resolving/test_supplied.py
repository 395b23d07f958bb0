"""Networks that the user looked up: they fill in where no receipt names one."""

from datetime import datetime
from pathlib import Path

import pytest

from sms_analytics import config
from sms_analytics.commands import loader
from sms_analytics.commands.remapping import remap
from sms_analytics.config import Config, OperatorsConfig
from sms_analytics.errors import ConfigError
from sms_analytics.resolving import supplied
from tests import kannel_log as log

HEADER = "Meldings-ID;Mottaker;Status;Teleoperatør;Sendt;Tidspunkt"


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    return tmp_path / "numbers.csv"


def read(numbers: Path, text: str, settings: Config | None = None) -> list[tuple[object, ...]]:
    numbers.write_text(text, "utf-8")
    chosen = (settings or Config()).model_copy(update={"operators": OperatorsConfig(file=str(numbers))})
    return sorted(supplied.read(chosen).rows(), key=repr)


def test_without_a_file_nothing_is_known() -> None:
    assert supplied.read(Config()).height == 0


@pytest.mark.parametrize(
    "text",
    [
        "number,MCC-MNC,valid from\n+4740000001,24201,2026-03-01\n40000002,242-02,\n",
        "nummer;nettkode;gyldig fra\n\n40 00 00 01;242 01;01.03.2026\n+47 400 00 002;24202\n",
        "+4740000001\t24201\t2026-03-01 00:00\n004740000002\t24202\t\n",
        "\ufeff+4740000001,24201,20260301\r\n40000002,24202\r\n",
    ],
)
def test_the_ways_it_is_written(text: str, numbers: Path) -> None:
    assert read(numbers, text) == [
        ("+4740000001", "Telenor", "24201", datetime(2026, 2, 28, 23)),  # noqa: DTZ001
        ("+4740000002", "Telia", "24202", datetime(1, 1, 1)),  # noqa: DTZ001
    ]


def test_names_of_the_configuration_and_codes_without_a_name(numbers: Path) -> None:
    own = Config(mccmnc={"24299": "Testnett"})
    assert [row[1] for row in read(numbers, "40000001,24299\n40000002,99901\n", own)] == ["Testnett", "99901"]


def test_of_two_rows_for_one_time_the_last_counts(numbers: Path) -> None:
    assert [row[1] for row in read(numbers, "40000001,24201,2026-01-01\n40000001,24202,2026-01-01\n")] == ["Telia"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "number,code\n40000001,24201\nabc,24201\n",
            "{file}:3: operators.file: the number: write a phone number, with its country code where it is foreign",
        ),
        ("40000001,24201\n40000002,Telia\n", "{file}:2: operators.file: 'Telia': write the network code in five or six digits, such as 24201"),
        ("40000001,24201,soon\n", "{file}:1: operators.file: 'soon': write a date such as 2026-03-01, or nothing"),
        ("40000001\n", "{file}:1: operators.file: 1 columns; write number, MCC-MNC and the date it is valid from"),
        ("40000001,24201,2026-01-01,x\n", "{file}:1: operators.file: 4 columns; write number, MCC-MNC and the date it is valid from"),
    ],
)
def test_a_broken_file_names_the_line(text: str, told: str, numbers: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(numbers, text)
    assert str(caught.value) == told.format(file=numbers)


def test_a_missing_file_and_one_that_is_no_text(numbers: Path) -> None:
    with pytest.raises(ConfigError, match=r"operators\.file cannot be read: No such file or directory; name an existing file"):
        supplied.read(Config(operators=OperatorsConfig(file=str(numbers))))
    numbers.write_bytes(b"\xff\xfe4\x000")
    with pytest.raises(ConfigError, match=r"operators\.file is not written in UTF-8"):
        supplied.read(Config(operators=OperatorsConfig(file=str(numbers))))


def test_the_file_lies_beside_the_configuration(numbers: Path) -> None:
    file = numbers.with_name("sms_analytics.toml")
    file.write_text('[operators]\nfile = "numbers.csv"', "utf-8")
    assert config.read(file).operators.file == str(numbers)
    file.write_text(f'[operators]\nfile = "{numbers}"', "utf-8")
    assert config.read(file).operators.file == str(numbers)


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def load(folder: Path, *logs: list[str]) -> Path:
    """A database of tables, beside a configuration with looked-up numbers."""
    write(folder / "sms_analytics.toml", 'time_zone = "UTC"', "[operators]", 'file = "numbers.csv"')
    db = folder / "sms.duckdb"
    for number, rows in enumerate(logs):
        report = loader.load(str(write(folder / f"{number}.csv", HEADER, *rows)), db=db)
        assert report.faults == []
    return db


def operators(db: Path) -> dict[str, tuple[str | None, str | None]]:
    return {row["message_id"]: (row["operator"], row["mccmnc"]) for row in log.messages(db)}


def sources(db: Path) -> list[tuple[str, ...]]:
    rows = log.rows(db, "SELECT message_id, kind, operator_source FROM events ORDER BY message_id, kind DESC")
    return [tuple(row.values()) for row in rows]


NUMBERS = ("40000001,24201,2026-01-01", "40000001,24202,2026-10-05", "40000002,24214,2026-10-05", "40000003,24201,")
SENT_1 = "1;40000001;Levert;;2026-10-04 10:00:00;2026-10-06 10:00:00"
SENT_2 = "2;40000001;Levert;;2026-10-05 10:00:00;2026-10-06 10:00:00"
SENT_3 = "3;40000002;Levert;;2026-10-04 10:00:00;2026-10-06 10:00:00"
SENT_4 = "4;40000003;Levert;Ice;2026-10-04 10:00:00;2026-10-06 10:00:00"
SENT_5 = "5;40000009;Levert;;2026-10-04 10:00:00;2026-10-06 10:00:00"


def test_the_latest_row_that_holds_at_the_submission_counts_and_receipts_win(numbers: Path) -> None:
    write(numbers, *NUMBERS)
    db = load(numbers.parent, [SENT_1, SENT_2, SENT_3, SENT_4, SENT_5])
    assert operators(db) == {
        # Sent the day before the number was ported, delivered the day after.
        "1": ("Telenor", "24201"),
        "2": ("Telia", "24202"),
        # Nothing is known of this number before it was looked up.
        "3": (None, None),
        "4": ("Ice", None),
        "5": (None, None),
    }
    assert sources(db) == [
        ("1", "submission", "supplied"),
        ("1", "receipt", "supplied"),
        ("2", "submission", "supplied"),
        ("2", "receipt", "supplied"),
        ("3", "submission", None),
        ("3", "receipt", None),
        ("4", "submission", "supplied"),
        ("4", "receipt", "receipt"),
        ("5", "submission", None),
        ("5", "receipt", None),
    ]


def test_it_wins_over_what_holds_for_the_whole_feed(numbers: Path) -> None:
    write(numbers, *NUMBERS)
    folder = numbers.parent
    write(folder / "own.toml", 'time_zone = "UTC"', "[feeds.table]", 'operator = "Ice"', "[operators]", 'file = "numbers.csv"')
    db = folder / "sms.duckdb"
    loader.load(str(write(folder / "a.csv", HEADER, SENT_2, SENT_5)), db=db, config=folder / "own.toml")
    assert operators(db) == {"2": ("Telia", "24202"), "5": ("Ice", None)}


def test_a_remap_takes_the_file_as_it_is_today(numbers: Path) -> None:
    write(numbers, "40000001,24201")
    db = load(numbers.parent, [SENT_1, SENT_4])
    write(numbers, "40000001,24202")
    report = remap(db=db)
    assert report.changes.select("changed", "before", "after", "count").rows() == [
        ("operator", "Telenor", "Telia", 2),
        ("mccmnc", "24201", "24202", 2),
    ]
    assert operators(db) == {"1": ("Telia", "24202"), "4": ("Ice", None)}
    # Without the file, what was looked up is forgotten.
    write(numbers.parent / "sms_analytics.toml", 'time_zone = "UTC"')
    remap(db=db)
    assert operators(db) == {"1": (None, None), "4": ("Ice", None)}
    assert {source for *_, source in sources(db)} == {None, "submission", "receipt"}


def test_a_broken_file_loads_nothing(numbers: Path) -> None:
    write(numbers, "40000001,24201")
    db = load(numbers.parent, [SENT_1])
    before = db.read_bytes()
    write(numbers, "1x,y")
    with pytest.raises(ConfigError, match=r"numbers\.csv:1: "):
        loader.load(str(write(numbers.parent / "more.csv", HEADER, SENT_2)), db=db)
    assert db.read_bytes() == before
