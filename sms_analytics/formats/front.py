"""Front SMS Gateway (Pling): status callbacks and submit answers, as the customer's side logs them.

Producer:  whatever received the callback or sent the message: a web server's access log (common or combined), JSON lines of one's own program or of a
           proxy, or lines with key=value pairs (`ErrorCode=0, ID=81234567`, `origid=81234567&status=4`), perhaps with a time in front.
Holds:     receipts (a status callback: `origid` and `status`) and submissions (the answer of push.php: `errorcode` and `id`).
Clock:     the callback has none of its own: the line's time is when it was received. Access logs state their offset; JSON lines are read with a time
           under `received`, `timestamp`, `time`, `ts` and the like (ISO 8601, epoch in seconds or milliseconds); a time without offset is the log's
           (`--time-zone`), a line without a time carries the file's.
Ids:       `origid` of the callback is the `id` of the submit answer.
Parts:     a split message has one id, and the same status may come once per part.
Columns:   id, origid = message_id; phoneno = recipient, fromid = sender, serviceid = account, description = detail, price (øre) = price (kroner, what the recipient is charged), where
           the line has them; unknown keys = extra. The feed is `--feed`.
Codes:     `errorcode` is a `front_submit` code: 0 = submitted, 21 (on the STOP list) = stopped, every other one = rejected.
Statuses:  -1 (sent on) and 0 (with the operator) = submitted, 4 = delivered, 5 = undelivered with an unspecified reason; others are kept as unrecognised.
Traps:     the same status comes several times (parts, repeats until the customer answers), and `sent` may come after the final one. A callback that the
           customer answered with an error is a receipt all the same. In a JSON line of a web server `status` beside `request` is the server's own.
Missing:   recipient, operator and error text stand only in Pling. Callbacks sent as POST leave nothing to read in an access log. Incoming messages and
           all other requests are skipped; text, passwords and everything that is not Front's own is masked.
Sample:    203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /front/status?origid=81234567&status=4 HTTP/1.1" 200 4
"""

import json
import re
from collections.abc import Callable, Collection, Iterable
from functools import cache, partial
from typing import Any, Final
from urllib.parse import parse_qsl

import polars as pl

from sms_analytics.events.readings import MASK, Context, Format, Parsed, rejected
from sms_analytics.formats.engine import log_times, web_lines, written_times
from sms_analytics.formats.engine.description import Payload
from sms_analytics.formats.engine.harmless import beginning, beginning_alone
from sms_analytics.formats.engine.hiding import HIDDEN_KEYS
from sms_analytics.formats.engine.keeping import Keeper

#: Callback status: canonical status, who says it (Front's samples and the fields of its callback).
STATUSES: Final = {"-1": "submitted", "0": "submitted", "4": "delivered", "5": "undelivered"}
_SAID_BY: Final = {"-1": "gateway"}
_REASONS: Final = {"5": "unspecified"}
#: Submit code of a number on the STOP list.
_STOP_LIST: Final = "21"

#: Keys of a JSON line that may hold its time, the first one that is there counts.
_TIME_KEYS: Final = (
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
_KNOWN_KEYS: Final = frozenset((*_OWN_KEYS, *_TIME_KEYS))
_REQUEST_KEYS: Final = ("request", "url", "uri", "request_uri", "path", "requesturl")

#: A request in an access log: its time, then method and address (or a dash) in quotes.
_REQUEST: Final = r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \""
_ADDRESS: Final = r"\] \"[A-Z]+ (.*?)(?: HTTP/[\d.]+)?\" "

_BOTH: Final = r"(?i)\borigid\b.*\bstatus\b|\bstatus\b.*\borigid\b"
_ANSWER: Final = r"\"errorcode\"\s*:.*\"id\"\s*:|\"id\"\s*:.*\"errorcode\"\s*:|\bErrorCode\s*=\s*-?\d+\W+ID\s*="
_OBJECT: Final = r"^[^{]{0,100}\{.*\}\s*$"
#: A JSON object without objects, arrays and escapes inside.
_FLAT: Final = (
    r'^[ \t]*\{[ \t]*(?:"[@\w]+"[ \t]*:[ \t]*(?:"[^"\\{}\x00-\x1f]*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|true|false|null)[ \t]*(?:,[ \t]*|\}[ \t]*$))+$'
)
_INCOMING: Final = r"(?i)\bphonenr=.*\b(?:txt|countnr|code)="

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
    "incoming": pl.Boolean(),
    "web": pl.Boolean(),
}


@cache
def _keeper(keep: frozenset[str]) -> Keeper:
    """What is kept of an object: Front's own fields, and those of the configuration."""
    return Keeper(Payload(needs=(), columns={key: key for key in _OWN_KEYS}), keep, any_case=True)


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


def _visible(pairs: Iterable[tuple[str, Any]], known: Collection[str]) -> str | None:
    """JSON of the pairs that have no column, masked where nothing is known of them and they are not harmless; texts and secrets left out."""
    kept = {key: value for key, value in pairs if key.lower() not in known and key.lower() not in HIDDEN_KEYS}
    return json.dumps(kept, ensure_ascii=False) if kept else None


def _per_distinct(values: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    distinct = values.unique().drop_nulls()
    return values.replace_strict(distinct, pl.Series([read(value) for value in distinct], dtype=pl.String), default=None, return_dtype=pl.String)


def _extra_of_query(keeper: Keeper, query: str) -> str | None:
    return _visible(keeper.raw(dict(parse_qsl(query))).items(), ())


def _pairs(payload: pl.Expr) -> dict[str, pl.Expr]:
    """Fields of a query or of key=value pairs."""
    wanted = ("origid", "status", "errorcode", "phoneno", "fromid", "serviceid", "price")
    return {key: payload.str.extract(_key_value(key)).str.replace("(?i)%2D", "-") for key in wanted}


def _web_requests(records: pl.DataFrame, keeper: Keeper) -> pl.DataFrame:
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


def _key_values(records: pl.DataFrame, keeper: Keeper) -> pl.DataFrame:
    """`_FOUND` of lines with key=value pairs."""
    payload = _LINE.str.extract(r"(?i)((?:[\w.\-]+=[^&\s]*&)*origid=\S*)")
    callback = payload.str.replace_all(r"(?i)(?:^|&)(?:origid|status)=[^&]*", "")
    frame = records.with_columns(**_pairs(_LINE), others=pl.when(callback != "").then(callback))
    answer = pl.col("line").str.extract(r"(?i)\berrorcode\s*=\s*-?\d+\W+id\s*=\s*(.*)$")
    id, description = answer.str.extract(r"^\s*(\d+)\s*(?:[,;&].*)?$"), answer.str.extract(r"^\s*([^\d\s,;&=][^,;&=]*?)\s*(?:[,;&].*)?$")
    found = frame.select(
        *[pl.col(name) for name in ("record_no", "line", "origid", "status", "errorcode", "phoneno", "fromid", "serviceid", "price")],
        id=id,
        # On an error the id is a text.
        description=description,
        extra=_per_distinct(frame["others"], partial(_extra_of_query, keeper)),
        before=_LINE,
        payload=payload,
        incoming=_LINE.str.contains(_INCOMING),
    )
    own = [pl.lit(f"{name}=") + pl.col(name) for name in ("phoneno", "fromid", "serviceid", "price")]
    code = pl.when(pl.col("errorcode").is_not_null()).then(
        pl.format("ErrorCode={}, ID={}", "errorcode", pl.coalesce("id", "description", pl.lit("")))
    )
    loose = [pl.lit(f"{name}=") + pl.col(name) for name in ("origid", "status")]
    kept = _kept_pairs(pl.col("payload"), keeper.keep)
    apart = pl.when(~pl.col("payload").str.contains(r"(?i)(?:^|&)status=")).then(pl.lit("status=") + pl.col("status"))
    callback = pl.concat_str(pl.when(pl.col("payload").is_null()).then(_joined(loose, "&")).otherwise(kept), apart, separator="&", ignore_nulls=True)
    start = found["line"].map_elements(beginning_alone, return_dtype=pl.String, skip_nulls=True)
    pieces = pl.concat_str(pl.lit(start), pl.when(pl.col("payload").is_null()).then(code), callback, ignore_nulls=True)
    return found.with_columns(
        raw=pl.concat_str(pieces, pl.when(_joined(own, "&") != "").then(pl.lit("&") + _joined(own, "&")), ignore_nulls=True)
    ).drop("payload")


def _joined(pieces: list[pl.Expr], sign: str) -> pl.Expr:
    return pl.concat_str(pieces, separator=sign, ignore_nulls=True)


def _objects(records: pl.DataFrame, keeper: Keeper) -> pl.DataFrame:
    """`_FOUND` of JSON lines: the flat ones together, the others one by one, since keys and envelopes differ from program to program."""
    flat = records.filter(_LINE.str.contains(_FLAT))
    keys = sorted(_KNOWN_KEYS)
    read = flat.with_columns(fields=_LINE.str.json_decode(pl.Struct(dict.fromkeys(keys, pl.String())))).unnest("fields")
    known = pl.sum_horizontal((pl.col(name) != "").fill_null(False) for name in keys)
    callback = pl.col("origid").is_not_null() | (pl.col("errorcode").is_not_null() & pl.col("id").is_not_null())
    # A time's key may hold something else.
    timed = pl.all_horizontal(pl.col(name).is_null() | pl.col(name).str.contains(r"^[-0-9TZ:.,+/ ]{1,40}$") for name in _TIME_KEYS)
    sure = read.filter((known == _LINE.str.count_matches(r'"[@\w]+"[ \t]*:')) & callback & timed)
    quick = sure.select("record_no", "line", *_OWN_KEYS, before=pl.lit(""), written=pl.coalesce(_TIME_KEYS), raw="line")
    rest = records.join(sure.select("record_no"), on="record_no", how="anti").select("record_no", "line")
    rows = [_object(record_no, line, keeper) for record_no, line in rest.iter_rows()]
    return pl.concat([quick, pl.DataFrame(rows, schema=_FOUND, orient="row")], how="diagonal")


def _object(record_no: int, line: str, keeper: Keeper) -> dict[str, Any]:
    prefix, brace, rest = line.partition("{")
    row: dict[str, Any] = {"record_no": record_no, "line": line, "raw": line}
    try:
        envelope = json.loads(brace + rest)
    except (ValueError, RecursionError):
        return row
    payload = _payload(envelope) or {}
    fields = {key.lower(): _plain(value) for key, value in payload.items()}
    outer = fields if payload is envelope else {key.lower(): _plain(value) for key, value in envelope.items()}
    masked = keeper.enveloped(envelope, payload) if payload else MASK
    return row | {
        **{key: fields.get(key) for key in _OWN_KEYS},
        # An id without a value says that something is missing, no id at all that this is another line.
        "origid": (fields["origid"] or "") if "origid" in fields else None,
        "before": prefix,
        "written": _time_of(outer) or _time_of(fields),
        "extra": _visible(keeper.raw(payload).items(), _KNOWN_KEYS),
        "raw": line if masked == envelope and prefix == beginning(prefix) else beginning(prefix) + json.dumps(masked, ensure_ascii=False),
        "incoming": _is_incoming(outer),
        "web": any(key in outer for key in _REQUEST_KEYS),
    }


def _time_of(fields: dict[str, str | None]) -> str | None:
    keys = [key for key in _TIME_KEYS if key in fields] if not fields.keys().isdisjoint(_TIME_KEYS) else []
    return next((fields[key] for key in keys if fields[key]), None)


def _plain(value: Any) -> str | None:
    """A value as text; null for an empty one and for a structure of its own."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


def _payload(value: Any) -> dict[str, Any] | None:
    """The object that is Front's own: it has `origid`, or `errorcode` and `id`. Looked for inside envelopes, embedded JSON and query strings."""
    if isinstance(value, str):
        value = _unpacked(value)
    if not isinstance(value, dict):
        return None
    keys = {key.lower() for key in value}
    if "origid" in keys or {"errorcode", "id"} <= keys:
        return value
    return next((found for inner in value.values() if isinstance(inner, dict | str) and (found := _payload(inner)) is not None), None)


def _unpacked(text: str) -> Any:
    """What a string that carries Front's fields stands for."""
    if "origid" not in text.lower() and "errorcode" not in text.lower():
        return None
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None
    query = re.search(r"(?<![\w.\-])[\w.\-]+=[^\s\"]*", text)
    return dict(parse_qsl(query.group())) if query else None


def _is_incoming(fields: dict[str, str | None]) -> bool:
    """An incoming message: Front's old and new notation."""
    if "origid" in fields or "errorcode" in fields:
        return False
    keys = fields.keys()
    return "phonenr" in keys or {"from", "to", "text"} <= keys or {"fromid", "txt"} <= keys


def _timed(found: pl.DataFrame) -> pl.DataFrame:
    """The rows with `logged`, `logged_utc` and `time_precision`, from the time of the line's own, else from the one in front."""
    own, leading = written_times.read(found["written"]), log_times.read(found["before"])
    has_own = pl.col("written").is_not_null()
    return found.hstack(leading).with_columns(
        logged=pl.when(has_own).then(own["local"]).otherwise("logged"),
        logged_utc=pl.when(has_own).then(own["utc"]).otherwise("logged_utc"),
        time_precision=pl.when(has_own).then(own["precision"]).otherwise("log_precision"),
    )


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
        status=status.replace_strict(STATUSES, default="unrecognised", return_dtype=pl.String),
        status_raw=status,
        said_by=status.replace_strict(_SAID_BY, default="operator", return_dtype=pl.String),
        reason=status.replace_strict(_REASONS, default=None, return_dtype=pl.String),
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
        status=pl.when(taken).then(pl.lit("submitted")).when(code == _STOP_LIST).then(pl.lit("stopped")).otherwise(pl.lit("rejected")),
        status_raw=code,
        said_by=pl.lit("gateway"),
        reason=pl.when(code == _STOP_LIST).then(pl.lit("recipient_opted_out")),
        code_raw=pl.when(~taken).then(code),
        code_system=pl.when(~taken).then(pl.lit("front_submit")),
        detail="description",
        price=pl.col("price").cast(pl.Float64, strict=False) / 100,
    )


def _sorted_out(frame: pl.DataFrame) -> pl.DataFrame:
    """`place` of each row: `receipt`, `submission`, `skipped`, or the field that makes it a reject."""
    origid, status, code = pl.col("origid").replace("", None), pl.col("status").replace("", None), pl.col("errorcode").replace("", None)
    is_callback = pl.col("origid").is_not_null()
    time_unread = pl.col("written").is_not_null() & pl.col("logged").is_null() & pl.col("logged_utc").is_null()
    return frame.with_columns(
        place=pl.when(is_callback & origid.is_null())
        .then(pl.lit("origid"))
        .when(is_callback & status.is_null())
        .then(pl.lit("status"))
        .when((is_callback | code.is_not_null()) & time_unread)
        .then(pl.lit("time"))
        .when(is_callback)
        .then(pl.lit("receipt"))
        .when(code.is_not_null() & ~code.str.contains(r"^\d+$"))
        .then(pl.lit("errorcode"))
        .when((code == "0") & pl.col("id").is_null())
        .then(pl.lit("id"))
        .when(code.is_not_null())
        .then(pl.lit("submission"))
        .when(pl.col("incoming").fill_null(False) | pl.col("web").fill_null(False) | (_LINE.str.strip_chars() == ""))
        .then(pl.lit("skipped"))
        .otherwise(pl.lit("line"))
    )


_FAULTS: Final = {
    "origid": "a status callback without its id",
    "status": "a status callback without its status",
    "time": "the line's own time cannot be read: write it as 2026-03-18T09:14:05+01:00 or as an epoch",
    "errorcode": "the error code of a submit answer is a whole number",
    "id": "a submit answer without error and without id",
    "line": "neither a status callback nor a submit answer, nor a line of a web server's access log",
}


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch of lines."""
    keeper = _keeper(context.keep)
    records = _with_bodies(records)
    web = records.select(_LINE.str.contains(_REQUEST)).to_series()
    structured = records.select(_LINE.str.contains(_OBJECT)).to_series() & ~web
    found = [
        _web_requests(records.filter(web), keeper),
        _objects(records.filter(structured), keeper),
        _key_values(records.filter(~web & ~structured), keeper),
        pl.DataFrame(schema=_FOUND),
    ]
    frame = _sorted_out(_timed(pl.concat(found, how="diagonal")))
    place = pl.col("place")
    faults = [rejected(frame.filter(place == field), field, f"front_{field}", message) for field, message in _FAULTS.items()]
    return Parsed(
        readings=pl.concat([_receipts(frame.filter(place == "receipt")), _submissions(frame.filter(place == "submission"))], how="diagonal"),
        skipped=frame.filter(place == "skipped").select("record_no", "logged", "logged_utc"),
        rejected=pl.concat(faults),
    )


#: A request that brings a callback in its body.
_POSTED: Final = r"(?i)\"(?:POST|PUT) [^\"]*\".*\borigid\b|\{.*\borigid\b.*\} \"(?:POST|PUT) "


def _with_bodies(records: pl.DataFrame) -> pl.DataFrame:
    """The lines; of a request whose callback is in its body, its time and the body."""
    posted = records.select(_LINE.str.contains(_POSTED)).to_series()
    if not posted.any():
        return records
    lines = [_body(line) if there else line for line, there in zip(records["line"].to_list(), posted.to_list(), strict=True)]
    return records.with_columns(line=pl.Series(lines, dtype=pl.String))


def _body(line: str) -> str:
    request = web_lines.read(line)
    return line if request is None or request.body is None else f"{request.time} {request.body}"


def claims(records: pl.DataFrame) -> int:
    """Lines with a status callback or a submit answer; other requests of the same web server do not count."""
    return int(records.select((_LINE.str.contains(_BOTH) | _LINE.str.contains(_ANSWER)).sum()).item())


FORMAT: Final = Format(
    name="front",
    title="Front SMS Gateway: status callbacks and submit answers",
    claims=claims,
    parse=parse,
    code_systems=("front_submit",),
    price="premium",
)
