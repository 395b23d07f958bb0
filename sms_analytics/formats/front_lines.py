"""Front's callbacks and answers as they stand most often, many lines together: requests of a web server, flat JSON objects, `ErrorCode=0, ID=81234567`.

What is not certainly one of these is left to the description in `front.py`.
"""

import json
from collections.abc import Callable
from functools import cache, partial
from typing import Final
from urllib.parse import parse_qsl

import polars as pl

from sms_analytics.events.readings import MASK, Parsed, rejected
from sms_analytics.formats.engine import log_times, written_times
from sms_analytics.formats.engine.description import Payload, Says
from sms_analytics.formats.engine.harmless import beginning_alone
from sms_analytics.formats.engine.hidden_keys import HIDDEN_KEYS
from sms_analytics.formats.engine.kept_fields import KeptFields

#: Callback status: Front's samples and the fields of its callback.
STATUSES: Final[dict[str, Says]] = {
    "-1": Says("submitted", said_by="gateway"),
    "0": Says("submitted"),
    "4": Says("delivered"),
    "5": Says("undelivered", reason="unspecified"),
}
#: Submit code of a number on the STOP list.
STOP_LIST: Final = "21"

#: Keys of a JSON line that may hold its time, the first one that is there counts.
TIME_KEYS: Final = (
    "received",
    "received_at",
    "receivedat",
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "datetime",
    "date",
    "logged",
    "logged_at",
    "created",
    "created_at",
)
_SUBMIT_KEYS: Final = ("phoneno", "fromid", "serviceid", "description", "price")
_OWN_KEYS: Final = ("origid", "status", "errorcode", "id", *_SUBMIT_KEYS)
_KNOWN_KEYS: Final = frozenset((*_OWN_KEYS, *TIME_KEYS))
#: A request in an access log: its time, then method and address (or a dash) in quotes.
_REQUEST: Final = r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \""
_ADDRESS: Final = r"\] \"[A-Z]+ (.*?)(?: HTTP/[\d.]+)?\" "

#: A callback whose two fields stand apart, or with nothing between that belongs to them.
_APART: Final = r"(?i)^[^{\"]*(?:\borigid=\d+[\s,;]+(?:.*[\s,;])?status=-?\d+|\bstatus=-?\d+[\s,;]+(?:.*[\s,;])?origid=\d+)"
_ANSWER: Final = r"(?i)^[^{]*\berrorcode\s*=\s*-?\d+\W+id\s*="
#: A JSON object without objects, arrays and escapes inside.
_FLAT: Final = (
    r'^[ \t]*\{[ \t]*(?:"[@\w]+"[ \t]*:[ \t]*(?:"[^"\\{}\x00-\x1f]*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|true|false|null)[ \t]*(?:,[ \t]*|\}[ \t]*$))+$'
)
#: In a flat object.
_WITHOUT_ID: Final = r'(?i)"origid"\s*:\s*(?:null|"")'

_LINE = pl.col("line")

#: What is read from one line, whatever its notation. `before` is where a leading time may stand, `written` a time of the line's own.
_FOUND: Final[dict[str, pl.DataType]] = {
    "record_no": pl.Int64(),
    **dict.fromkeys(_OWN_KEYS, pl.String()),
    "before": pl.String(),
    "written": pl.String(),
    "extra": pl.String(),
    "raw": pl.String(),
    "line": pl.String(),
    "web": pl.Boolean(),
}


@cache
def _keeper(keep: frozenset[str]) -> KeptFields:
    """What is kept of an object: Front's own fields, and those of the configuration."""
    return KeptFields(Payload(needs=(), columns={key: key for key in _OWN_KEYS}), keep, any_case=True)


def _key_value(key: str) -> str:
    return rf"(?i)(?:^|[?&\s,;\"'(]){key}\s*=\s*([^&#\s,;\"']*)"


def _kept_pairs(query: pl.Expr, keep: frozenset[str]) -> pl.Expr:
    """Encoded pairs with their values masked, but for Front's own fields, those in `keep`, and short numbers."""
    pair = pl.element()
    key = pair.str.extract(r"^([\w.\-\[\]%]{1,80})=")
    known = key.str.to_lowercase().is_in([*_OWN_KEYS, *(name.lower() for name in keep)]) | pair.str.contains(
        r"^[\w.\-\[\]%]+=(?:-?[1-9]?[0-9]{0,18})$"
    )
    masked = pl.when(key.is_null()).then(pl.lit(MASK)).otherwise(key + pl.lit(f"={MASK}"))
    return query.str.split("&").list.eval(pl.when(known.fill_null(value=False)).then(pair).otherwise(masked)).list.join("&")


def _per_distinct(values: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    distinct = values.unique().drop_nulls()
    return values.replace_strict(distinct, pl.Series([read(value) for value in distinct], dtype=pl.String), default=None, return_dtype=pl.String)


def _extra_of_query(keeper: KeptFields, query: str) -> str | None:
    kept = {key: value for key, value in keeper.raw(dict(parse_qsl(query))).items() if key.lower() not in HIDDEN_KEYS}
    return json.dumps(kept, ensure_ascii=False) if kept else None


def _pairs(payload: pl.Expr) -> dict[str, pl.Expr]:
    """Fields of a query or of key=value pairs."""
    wanted = ("origid", "status", "errorcode", "phoneno", "fromid", "serviceid", "price")
    return {key: payload.str.extract(_key_value(key)).str.replace("(?i)%2D", "-") for key in wanted}


def _web_requests(records: pl.DataFrame, keeper: KeptFields) -> pl.DataFrame:
    """`_FOUND` of access log lines."""
    frame = records.with_columns(address=_LINE.str.extract(_ADDRESS)).with_columns(**_pairs(pl.col("address")))
    query = pl.col("address").str.extract(r"\?(.*)$")
    others = query.str.replace_all(r"(?i)(?:^|&)(?:origid|status)=[^&#]*", "")
    frame = frame.with_columns(others=pl.when(pl.col("origid").is_not_null() & (others != "")).then(others))
    written = _per_distinct(frame["others"], partial(_extra_of_query, keeper))
    # Of the line only what Front's callback is made of: no address, no browser, no path, no referer.
    time = _LINE.str.extract(r"(\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\])")
    answer = _LINE.str.extract(r"\] \"[A-Z]+ .*?\" (\d{3})(?:[^0-9]|$)").fill_null("-")
    raw = pl.concat_str(
        pl.lit(f"{MASK} "),
        time,
        pl.lit(f' "GET /{MASK}?'),
        _kept_pairs(query.fill_null(""), keeper.keep),
        pl.lit(' HTTP/1.1" '),
        answer,
        pl.lit(f" {MASK}"),
    )
    return frame.select("record_no", "line", "origid", "status", before=_LINE, extra=written, raw=raw, web=pl.lit(True))


def _loose_pairs(records: pl.DataFrame) -> pl.DataFrame:
    """`_FOUND` of lines with pairs of Front's that stand apart."""
    frame = records.with_columns(**_pairs(_LINE))
    answer = pl.col("line").str.extract(r"(?i)\berrorcode\s*=\s*-?\d+\W+id\s*=\s*(.*)$")
    id, description = answer.str.extract(r"^\s*(\d+)\s*(?:[,;&].*)?$"), answer.str.extract(r"^\s*([^\d\s,;&=][^,;&=]*?)\s*(?:[,;&].*)?$")
    found = frame.select(
        *[pl.col(name) for name in ("record_no", "line", "origid", "status", "errorcode", "phoneno", "fromid", "serviceid", "price")],
        id=id,
        # On an error the id is a text.
        description=description,
        before=_LINE,
    )
    own = [pl.lit(f"{name}=") + pl.col(name) for name in ("phoneno", "fromid", "serviceid", "price")]
    code = pl.when(pl.col("errorcode").is_not_null()).then(
        pl.format("ErrorCode={}, ID={}", "errorcode", pl.coalesce("id", "description", pl.lit("")))
    )
    callback = [pl.lit(f"{name}=") + pl.col(name) for name in ("origid", "status")]
    start = found["line"].map_elements(beginning_alone, return_dtype=pl.String, skip_nulls=True)
    pieces = pl.concat_str(pl.lit(start), code, _joined(callback, "&"), ignore_nulls=True)
    return found.with_columns(raw=pl.concat_str(pieces, pl.when(_joined(own, "&") != "").then(pl.lit("&") + _joined(own, "&")), ignore_nulls=True))


def _joined(pieces: list[pl.Expr], sign: str) -> pl.Expr:
    return pl.concat_str(pieces, separator=sign, ignore_nulls=True)


def _objects(records: pl.DataFrame) -> pl.DataFrame:
    """`_FOUND` of those flat JSON objects that hold what Front's do and nothing else."""
    keys = sorted(_KNOWN_KEYS)
    read = records.with_columns(fields=_LINE.str.json_decode(pl.Struct(dict.fromkeys(keys, pl.String())))).unnest("fields")
    known = pl.sum_horizontal((pl.col(name) != "").fill_null(False) for name in keys)
    callback = pl.col("origid").is_not_null() | (pl.col("errorcode").is_not_null() & pl.col("id").is_not_null())
    # A time's key may hold something else.
    timed = pl.all_horizontal(pl.col(name).is_null() | pl.col(name).str.contains(r"^[-0-9TZ:.,+/ ]{1,40}$") for name in TIME_KEYS)
    sure = read.filter((known == _LINE.str.count_matches(r'"[@\w]+"[ \t]*:')) & callback & timed)
    return sure.select("record_no", "line", *_OWN_KEYS, before=pl.lit(""), written=pl.coalesce(TIME_KEYS), raw="line")


def _timed(found: pl.DataFrame) -> pl.DataFrame:
    """The rows with `logged`, `logged_utc` and `time_precision`, from the time of the line's own, else from the one in front."""
    own, leading = written_times.read(found["written"]), log_times.read(found["before"])
    has_own = pl.col("written").is_not_null()
    return found.hstack(leading).with_columns(
        logged=pl.when(has_own).then(own["local"]).otherwise("logged"),
        logged_utc=pl.when(has_own).then(own["utc"]).otherwise("logged_utc"),
        time_precision=pl.when(has_own).then(own["precision"]).otherwise("log_precision"),
    )


def _says(status: pl.Expr, part: Callable[[Says], str | None], default: str | None) -> pl.Expr:
    known = {word: value for word, says in STATUSES.items() if (value := part(says)) is not None}
    return status.replace_strict(known, default=default, return_dtype=pl.String)


def _receipts(frame: pl.DataFrame) -> pl.DataFrame:
    status = pl.col("status")
    return frame.select(
        "record_no",
        "logged",
        "logged_utc",
        "time_precision",
        "extra",
        "raw",
        kind=pl.lit("receipt"),
        message_id="origid",
        account="serviceid",
        sender="fromid",
        recipient="phoneno",
        status=_says(status, lambda says: says.status, default="unrecognised"),
        status_raw=status,
        said_by=_says(status, lambda says: says.said_by, default="operator"),
        reason=_says(status, lambda says: says.reason, default=None),
        detail="description",
    )


def _submissions(frame: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("errorcode")
    taken = code == "0"
    return frame.select(
        "record_no",
        "logged",
        "logged_utc",
        "time_precision",
        "extra",
        "raw",
        kind=pl.lit("submission"),
        message_id=pl.when(pl.col("id") != "0").then("id"),
        account="serviceid",
        sender="fromid",
        recipient="phoneno",
        status=pl.when(taken).then(pl.lit("submitted")).when(code == STOP_LIST).then(pl.lit("stopped")).otherwise(pl.lit("rejected")),
        status_raw=code,
        said_by=pl.lit("gateway"),
        reason=pl.when(code == STOP_LIST).then(pl.lit("recipient_opted_out")),
        code_raw=pl.when(~taken).then(code),
        code_system=pl.when(~taken).then(pl.lit("front_submit")),
        detail="description",
        price=pl.col("price").cast(pl.Float64, strict=False) / 100,
    )


def read(records: pl.DataFrame, keep: frozenset[str]) -> tuple[Parsed, pl.DataFrame]:
    """The lines that are certainly Front's, read, and the rest of the records."""
    keeper = _keeper(keep)
    kinds = records.select(
        web=_LINE.str.contains(_REQUEST),
        flat=_LINE.str.contains(_FLAT),
        loose=_LINE.str.contains(_APART) | _LINE.str.contains(_ANSWER),
    )
    web, flat = kinds["web"], kinds["flat"] & ~kinds["web"]
    found = pl.concat(
        [
            _web_requests(records.filter(web), keeper),
            _objects(records.filter(flat)),
            _loose_pairs(records.filter(kinds["loose"] & ~web & ~flat)),
            pl.DataFrame(schema=_FOUND),
        ],
        how="diagonal",
    )
    frame = _timed(found)
    timed = pl.col("written").is_null() | pl.col("logged").is_not_null() | pl.col("logged_utc").is_not_null()
    origid, status, code = pl.col("origid"), pl.col("status"), pl.col("errorcode")
    callback = timed & (origid != "") & (status != "")
    answer = timed & origid.is_null() & code.str.contains(r"^\d+$") & ((code != "0") | pl.col("id").is_not_null())
    request = pl.col("web").fill_null(False) & ~callback.fill_null(False)
    # The body may hold one that the address has not.
    foreign = frame.filter(request & origid.is_null() & ~_LINE.str.contains(r"(?i)\"(?:POST|PUT|PATCH) .*(?:\borigid\b|\berrorcode\b)"))
    faults = [
        rejected(frame.filter(request & (origid == "")), "origid", "front_origid", "a status callback without its id"),
        rejected(records.filter(flat & _LINE.str.contains(_WITHOUT_ID)), "origid", "front_origid", "a status callback without its id"),
        rejected(frame.filter(request & (origid != "")), "status", "front_status", "a status callback without its status"),
    ]
    parsed = Parsed(
        readings=pl.concat([_receipts(frame.filter(callback)), _submissions(frame.filter(answer & ~callback.fill_null(False)))], how="diagonal"),
        skipped=foreign.select("record_no", "logged", "logged_utc"),
        rejected=pl.concat(faults),
    )
    done = pl.concat([part.select("record_no") for part in (parsed.readings, parsed.skipped, parsed.rejected)])
    return parsed, records.join(done, on="record_no", how="anti", maintain_order="left")
