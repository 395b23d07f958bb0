"""Status words, failure codes and operators' texts without a meaning, each with an example and the lines of configuration that would give it one."""

import json
import re
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics import config as configuration
from sms_analytics.config import Config
from sms_analytics.config.defaults import config_of
from sms_analytics.events import maps, reason_texts
from sms_analytics.events.maps import Known
from sms_analytics.events.normalising import STATUS_REASONS
from sms_analytics.questions import masked_fields
from sms_analytics.text.masking import masked_text
from sms_analytics.vocabulary import NEGATIVE_STATUSES

#: What stands in the lines where a meaning is to be written: no status and no reason, so that nobody leaves it so.
CHOOSE: Final = "?"

_COLUMNS: Final = {
    "what": pl.String(),
    "feed": pl.String(),
    "format": pl.String(),
    "written": pl.String(),
    "code_system": pl.String(),
    "status": pl.String(),
    "events": pl.Int64(),
    "first_utc": pl.Datetime("us"),
    "last_utc": pl.Datetime("us"),
    "place": pl.String(),
    "raw": pl.String(),
    "toml": pl.String(),
}

_TIME: Final = "coalesce(received_utc, event_utc)"

#: The example is the latest event, on equal times the first in its load.
_GROUPED: Final = f"""
SELECT
    what, feed, format, written, code_system, mode(status ORDER BY status) AS status, count(*) AS events,
    min({_TIME}) AS first_utc, max({_TIME}) AS last_utc,
    arg_max({{load_id: load_id, record_no: record_no, recipient: recipient, sender: sender, raw: raw}}, ({_TIME}, -load_id, -record_no)) AS example
FROM chosen
GROUP BY what, feed, format, written, code_system
"""

#: A code or a text has no meaning yet where the reason is only what the status alone says.
_CHOSEN: Final = f"""
WITH generic AS (SELECT unnest($statuses) AS status, unnest($reasons) AS reason),
chosen AS (
    SELECT 'word' AS what, status_raw AS written, NULL AS code_system, * EXCLUDE (code_system)
    FROM events
    WHERE status = 'unrecognised'
    UNION ALL BY NAME
    SELECT 'code' AS what, code_raw AS written, events.*
    FROM events
    LEFT JOIN generic USING (status)
    WHERE code_raw IS NOT NULL AND (
        (events.status IN (SELECT unnest($negative)) AND (events.reason IS NULL OR events.reason = generic.reason))
        OR (kind = 'receipt' AND events.status = 'submitted' AND NOT regexp_full_match(code_raw, '0+'))
    )
    UNION ALL BY NAME
    -- Numbers in a text tell messages apart, not meanings.
    SELECT 'text' AS what, regexp_replace(detail, '[+]?[0-9]+', '#', 'g') AS written, NULL AS code_system, events.* EXCLUDE (code_system)
    FROM events
    LEFT JOIN generic USING (status)
    WHERE detail IS NOT NULL AND events.status IN (SELECT unnest($negative)) AND events.status NOT IN ('no_report', 'buffered')
        AND (events.reason IS NULL OR events.reason = generic.reason OR events.reason = 'unspecified')
)
SELECT grouped.* EXCLUDE (example), loads.path || ':' || example.record_no AS place, example.raw AS raw,
    example.recipient AS recipient, example.sender AS sender
FROM ({_GROUPED}) AS grouped
JOIN loads ON loads.load_id = example.load_id
ORDER BY events DESC, list_position(['word', 'code', 'text'], what), feed, format, code_system, written
"""


def unmapped(db: duckdb.DuckDBPyConnection, *, config: str | Path | None = None) -> pl.DataFrame:
    """What no map knows: one row per feed, format and status word (`what` is `word`), per feed, format, code system and code (`code`), or
    per feed, format and text (`text`, numbers in it as `#`) that an operator or portal gave where no code tells the reason.

    `written` is the word, code or text, `status` what most of its events have, `events` their number, `first_utc` and `last_utc` when they were
    received (happened, where that is all there is), `place` and `raw` the latest of them with numbers masked, `toml` the lines for
    `sms_analytics.toml` that map it once a status or reason stands in the place of `?`. Codes are those of negative and waiting statuses. What
    `config` (default: `sms_analytics.toml` beside the database, then in the current folder) maps already is left out. The most frequent first.
    Raises `ConfigError`.
    """
    return with_fields(db, configuration.read(Path(config)) if config else config_of(db))


def with_fields(db: duckdb.DuckDBPyConnection, settings: Config) -> pl.DataFrame:
    """See `unmapped`; below the words and codes the fields that are masked since nothing is known of them (`what` is `field`)."""
    return pl.concat([found(db, settings), masked_fields.found(db, settings, _COLUMNS)])


def found(db: duckdb.DuckDBPyConnection, settings: Config) -> pl.DataFrame:
    """See `unmapped`."""
    known = Known(settings)
    generic = {"statuses": list(STATUS_REASONS), "reasons": list(STATUS_REASONS.values()), "negative": list(NEGATIVE_STATUSES)}
    relation = db.execute(_CHOSEN, generic)
    names = [column[0] for column in relation.description]
    rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    return pl.DataFrame([_shown(row, settings) for row in _joined(rows) if not _is_known(known, row)], schema=_COLUMNS)


def _joined(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Texts that differ only in their numbers as one, with the example of the most frequent."""
    joined: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        written = reason_texts.shown(row["written"]) if row["what"] == "text" else row["written"]
        key = (row["what"], row["feed"], row["format"], row["code_system"], reason_texts.key_of(written) if row["what"] == "text" else written)
        first = joined.setdefault(key, row | {"written": written, "events": 0})
        first["events"] += row["events"]
        first["first_utc"], first["last_utc"] = min(first["first_utc"], row["first_utc"]), max(first["last_utc"], row["last_utc"])
    return sorted(joined.values(), key=lambda row: -row["events"])


def _is_known(known: Known, row: dict[str, Any]) -> bool:
    if row["written"] is None:
        return False
    if row["what"] == "word":
        return known.has_word(row["feed"], row["format"], row["written"])
    if row["what"] == "text":
        return known.has_text(row["feed"], row["written"])
    return known.has_code(row["feed"], row["format"], row["code_system"], row["written"])


def _shown(row: dict[str, Any], settings: Config) -> dict[str, Any]:
    raw = masked_text(row["raw"], (row["recipient"], row["sender"]))
    return {name: row[name] for name in _COLUMNS if name not in ("raw", "toml")} | {"raw": raw, "toml": _toml(row, settings)}


def _toml(row: dict[str, Any], settings: Config) -> str | None:
    """The table and the line; none for a record without a word. A vendor of the configuration's own has its words and codes in its own section."""
    if row["written"] is None:
        return None
    if row["what"] == "text":
        return f'[feeds.{_key(row["feed"])}.texts]\n{_key(row["written"])} = "{CHOOSE}"'
    if row["format"] in settings.formats and (row["what"] == "word" or row["code_system"] in (None, maps.OF_CONNECTION, row["format"])):
        table, choice = ("statuses", f'"{CHOOSE}"') if row["what"] == "word" else ("codes", f'{{ reason = "{CHOOSE}" }}')
        return f"[formats.{row['format']}.{table}]\n{_key(row['written'])} = {choice}"
    if row["what"] == "word":
        table = f"feeds.{_key(row['feed'])}.statuses"
    elif row["code_system"] in (None, maps.OF_CONNECTION):
        table = f"feeds.{_key(row['feed'])}.codes"
    else:
        table = f"codes.{_key(row['code_system'])}"
    return f'[{table}]\n{_key(row["written"])} = "{CHOOSE}"'


def _key(text: str) -> str:
    """A key of TOML, in quotes where it needs them."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else json.dumps(text, ensure_ascii=False)
