"""Golden files: a fixture beside what its format must read from it.

`tests/formats/FORMAT/CASE.log` (or any other ending) is read by `sms_analytics.formats.FORMAT` and compared with `CASE.expected.jsonl`: one JSON
object a line, `frame` telling which frame of `Parsed` the row stands in, empty values left out. `CASE.toml`, where there is one, is the configuration.
With ACCEPT=1 in the environment the expected files are written instead: read the difference before it is committed.
"""

import importlib
import json
import os
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from sms_analytics import config
from sms_analytics.events.readings import READING, REJECTED, SKIPPED, Context, Format, Parsed
from sms_analytics.reading import containers, sources

FOLDER = Path(__file__).parent
EXPECTED = ".expected.jsonl"
_SCHEMAS = {"readings": READING, "skipped": SKIPPED, "rejected": REJECTED}


def cases() -> list[Path]:
    """Every fixture of every format, in order."""
    found = (path for path in FOLDER.glob("*/*.*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(path for path in found if path.suffix not in (".toml", ".py", ".md") and not path.name.endswith(EXPECTED))


def format_of(case: Path) -> Format:
    """The format whose folder the fixture stands in."""
    own = importlib.import_module(f"sms_analytics.formats.{case.parent.name}").FORMAT
    assert isinstance(own, Format)
    return own


def context_of(case: Path) -> Context:
    """The configuration beside the fixture, or the default one."""
    own = case.with_suffix(".toml")
    if not own.is_file():
        return Context()
    settings = config.parse(tomllib.loads(own.read_text("utf-8")), own)
    return Context(home_country=settings.home_country, table=settings.table)


def records_of(case: Path) -> pl.DataFrame:
    """The fixture's records, or its rows."""
    own = format_of(case)
    with sources.Source(str(case)) as source:
        return pl.concat(list(containers.records(source, own)), how="diagonal")


def shaped(parsed: Parsed) -> dict[str, pl.DataFrame]:
    """The three frames in the columns and types of the contract, sorted; a column that is not in it, or a value that does not fit, fails."""
    frames = {"readings": parsed.readings, "skipped": parsed.skipped, "rejected": parsed.rejected}
    return {name: _shape(frame, _SCHEMAS[name]) for name, frame in frames.items()}


def _shape(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    foreign = set(frame.columns) - set(schema)
    assert not foreign, f"columns outside the contract: {sorted(foreign)}"
    own = frame.select(pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name) for name, dtype in schema.items())
    return own.sort("record_no", *(["event_no"] if "event_no" in schema else []), maintain_order=True)


def _text(value: object) -> object:
    return value.isoformat(" ") if isinstance(value, datetime) else value


def as_objects(frames: dict[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """Rows as they stand in the expected file."""
    return [
        {"frame": name, **{key: _text(value) for key, value in row.items() if value is not None}}
        for name, frame in frames.items()
        for row in frame.iter_rows(named=True)
    ]


def read(case: Path) -> list[dict[str, Any]]:
    """What the format makes of the fixture."""
    return as_objects(shaped(format_of(case).parse(records_of(case), context_of(case))))


def expected(case: Path) -> list[dict[str, Any]]:
    """What the expected file says; with ACCEPT=1 it is written first."""
    path = case.with_name(case.stem + EXPECTED)
    if os.environ.get("ACCEPT") == "1":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in read(case)), "utf-8")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
