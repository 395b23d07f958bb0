"""Fields that are masked since nothing says that they hold no text: which there are, and the lines of configuration that keep them."""

import json
from typing import Any, Final

import duckdb
import polars as pl

from sms_analytics.config import Config
from sms_analytics.events.readings import MASK
from sms_analytics.text.masking import masked_text

_TIME: Final = "coalesce(received_utc, event_utc)"

_FIELDS: Final = f"""
WITH fields AS (
    SELECT unnest(json_keys(extra)) AS written, extra, feed, format, status, load_id, record_no, recipient, sender, raw, {_TIME} AS moment
    FROM events
    WHERE contains(extra::VARCHAR, $mask)
)
SELECT fields.feed, format, written, mode(status ORDER BY status) AS status, count(*) AS events, min(moment) AS first_utc, max(moment) AS last_utc,
    arg_max({{place: loads.path || ':' || record_no, recipient: recipient, sender: sender, raw: raw}}, (moment, -load_id, -record_no)) AS example
FROM fields
JOIN loads USING (load_id, format)
WHERE json_extract_string(extra, '$."' || replace(written, '"', '\\"') || '"') = $mask
GROUP BY fields.feed, format, written
ORDER BY events DESC, fields.feed, format, written
"""


def found(db: duckdb.DuckDBPyConnection, settings: Config, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """One row per feed, format and field (`what` is `field`) in the columns of `unmapped`; `toml` keeps all fields of its format that are masked.

    What is kept is kept from then on: load the logs again with `--replace` for what was loaded before.
    """
    relation = db.execute(_FIELDS, {"mask": MASK})
    names = [column[0] for column in relation.description]
    rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    fields: dict[str, list[str]] = {}
    for row in rows:
        if row["written"] not in settings.keep_of(row["format"]):
            fields.setdefault(row["format"], []).append(row["written"])
    shown = [_shown(row, fields[row["format"]], settings) for row in rows if row["written"] in fields.get(row["format"], ())]
    return pl.DataFrame(shown, schema=schema)


def _shown(row: dict[str, Any], masked: list[str], settings: Config) -> dict[str, Any]:
    example = row["example"]
    kept = ", ".join(json.dumps(name, ensure_ascii=False) for name in dict.fromkeys((*sorted(settings.keep_of(row["format"])), *masked)))
    table = "table" if row["format"] == "table" else f"formats.{row['format']}"
    return {name: row[name] for name in ("feed", "format", "written", "status", "events", "first_utc", "last_utc")} | {
        "what": "field",
        "code_system": None,
        "place": example["place"],
        "raw": masked_text(example["raw"], (example["recipient"], example["sender"])),
        "toml": f"[{table}]\nkeep = [{kept}]",
    }
