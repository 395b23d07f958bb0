"""Kannel sqlbox: rows of its table `sent_sms`, as a CSV or an SQL dump.

Producer:  sqlbox between bearerbox and smsbox, with any database: CSV (also Excel) with the table's column names, dumps of mysqldump, phpMyAdmin, SQLite and
           pg_dump (`INSERT INTO sent_sms ... VALUES`, several rows a statement or a row a line, and COPY lines), JSON lines of rows.
Holds:     submissions (momt MT) and receipts (DLR).
Clock:     `time` is an epoch in seconds, so UTC; dates inside receipts are the message centre's (`--receipt-zone`).
Ids:       a row of MT does not have the operator's id. Both rows have the dlr_url: an id of one's own in it (`id=`, `myid=`, `msgid=` ..., a UUID, or an id
           alone in place of an address) with the recipient is the message_id: 5512/4740000001, since many recipients may share it. Without one the rows are joined by sender, recipient and service: a receipt belongs to
           the last message before it, and what is sent between the same two within two seconds is one message.
Parts:     a row per part where smsbox split the message; the parts are tied by their UDH group and recipient. Only the first asks for a receipt.
Columns:   smsc_id = feed, service = account, the id in dlr_url = client_ref, sender, receiver = recipient (also on receipts: Kannel restores the direction of the message), dlr_mask
           of MT = receipt_requested, of DLR = the kind of receipt, msgdata of DLR = the receipt's text; account, binfo and boxc_id = extra.
Statuses:  as in Kannel's access log: the text's `stat`, else the mask (1 delivered, 2 undelivered, 4 buffered, 8 and 32 submitted, 16 rejected).
Codes:     `err` belongs to the connection (`[feeds.NAME] code_system`); dlr_err in meta_data of type 3 (GSM) is a MAP error; NACK/0x... is an SMPP command status.
Traps:     msgdata is percent-encoded in most installations. Rows without column names are read in the table's own order, with or without sql_id, whose
           place the momt shows. Columns behind meta_data are ignored. A dlr_mask of NULL or -1 asked for nothing.
Missing:   refusals before bearerbox took the message; a long message without an id in its dlr_url cannot be joined with its receipt. Incoming messages
           (MO) and other tables of the dump are skipped. Text is masked; of dlr_url the id alone is kept, of meta_data codes, and binfo only where it is a number.
Sample:    INSERT INTO `sent_sms` VALUES (2,'DLR','Klinikken','+4740000001',NULL,'id%3A5C01A9+stat%3ADELIVRD+err%3A000+text%3A',1773821647,'telia1','kunde7','','',3,NULL,NULL,NULL,NULL,NULL,NULL,1,'http://10.0.0.2/dlr?myid=5512&type=%d',NULL,NULL,NULL,NULL,'sqlbox1','','?smpp?')
"""

import json
from typing import Any, Final

import polars as pl

from sms_analytics.events.readings import MASK, NAIVE, SKIPPED, Context, Format, Parsed, rejected
from sms_analytics.formats import kannel_receipts
from sms_analytics.formats.engine import bracketed, harmless
from sms_analytics.text.phrases import filled

#: The table's columns in their order (sqlbox 1.4); the first is left out where the dump has none.
COLUMNS: Final = (
    *("sql_id", "momt", "sender", "receiver", "udhdata", "msgdata", "time", "smsc_id", "service", "account", "id", "sms_type", "mclass", "mwi"),
    *("coding", "compress", "validity", "deferred", "dlr_mask", "dlr_url", "pid", "alt_dcs", "rpi", "charset", "boxc_id", "binfo", "meta_data"),
)
_HEADERS: Final = frozenset({"momt", "sender", "receiver", "time", "dlr_mask"})
_EXTRA: Final = {"account": "act", "binfo": "binf", "boxc_id": "boxc_id"}
#: Columns that are read, or documented as harmless.
_READ: Final = (
    *(
        "sql_id",
        "momt",
        "sender",
        "receiver",
        "udhdata",
        "msgdata",
        "time",
        "smsc_id",
        "service",
        "account",
        "dlr_mask",
        "dlr_url",
        "boxc_id",
        "meta_data",
    ),
)

_STRING: Final = r"'(?:[^'\\]|\\.|'')*'"
_ROW: Final = rf"\((?:{_STRING}|[^'()])*\)"
_VALUE: Final = rf"(?:[A-Za-z_]+\s*)?{_STRING}|[^,()\s']+"
_INSERT: Final = r"(?i)^\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+[`\"\[]?(?:\w+[`\"\]]?\.[`\"\[]?)?\w*sent_sms\w*[`\"\]]?\s*(?:\((?P<names>[^)']*)\))?\s*VALUES"
_BARE_ROW: Final = r"^\s*\((?:\d+\s*,\s*)?'(?:MO|MT|DLR)'\s*,"
_COPY_ROW: Final = r"^(?:\d+\t)?(?:MO|MT|DLR)\t(?:[^\t]*\t){20,}"
_JSON_ROW: Final = r"^\s*[\[,]?\s*\{.*\"momt\"\s*:"
_OWN: Final = rf"{_INSERT}\s*(?:\(|$)|{_BARE_ROW}|{_COPY_ROW}|{_JSON_ROW}"

#: One's own id in a dlr_url: behind a name that says so, a UUID anywhere, or alone. `%d` and the like are Kannel's escapes and no ids.
_ID_NAMES: Final = "(?:my_?|msg_?|message_?|sms_?|smslog_?|dlr_?|ext_?|external_?|sql_?)?(?:id|uuid|guid)|mid|slid|ref|reference"
_UUID: Final = r"(?i)\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"
_NAMED_ID: Final = rf"(?i)[?&;](?:{_ID_NAMES})=([^&;%\s]+)(?:[&;#]|$)"
_ALONE: Final = r"^([0-9A-Za-z_\-]+)$"

#: Rows of one line that can be told apart.
_MOST_ROWS: Final = 32_767

_LINE = pl.col("line")
#: Percent-encoded signs of a receipt's text; others are message text or none of ours.
_ENCODED: Final = {f"%{code:02{form}}": chr(code) for code in range(0x20, 0x7F) for form in ("X", "x")} | {"+": " "}


# Rows


def _unquoted(values: pl.Expr) -> pl.Expr:
    """SQL literals as texts, null for NULL and for nothing."""
    element = pl.element()
    bare = element.str.extract(r"(?s)^(?:[A-Za-z_]+\s*)?'(.*)'$")
    plain = bare.str.replace_all("''", "'", literal=True).str.replace_all(r"\\([\\'\"])", "${1}").str.replace_all(r"\\[rnt]", " ")
    text = pl.when(bare.is_not_null()).then(plain).otherwise(element)
    return values.list.eval(pl.when(~text.str.to_uppercase().is_in(["NULL", ""])).then(text))


def _statements(records: pl.DataFrame) -> pl.DataFrame:
    """`record_no`, `values`, `names`: one row per row of the statements, COPY lines and bare rows."""
    inserts = records.filter(_LINE.str.contains(_INSERT)).with_columns(
        names=_LINE.str.extract_groups(_INSERT).struct["names"], rest=_LINE.str.replace(_INSERT, "")
    )
    bare = records.filter(_LINE.str.contains(_BARE_ROW)).with_columns(names=pl.lit(None, pl.String), rest=_LINE)
    rows = pl.concat([inserts, bare]).with_columns(row=pl.col("rest").str.extract_all(_ROW)).explode("row", empty_as_null=False, keep_nulls=False)
    literals = rows.select(
        "record_no", "names", values=_unquoted(pl.col("row").str.slice(1, pl.col("row").str.len_chars() - 2).str.extract_all(_VALUE))
    )
    copied = records.filter(_LINE.str.contains(_COPY_ROW)).select(
        "record_no",
        names=pl.lit(None, pl.String),
        values=_LINE.str.split("\t").list.eval(pl.when(~pl.element().is_in(["\\N", ""])).then(pl.element())),
    )
    return pl.concat([literals, copied])


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the table's columns. Few different lists of names stand in one dump."""
    momt_first = pl.col("values").list.get(0, null_on_oob=True).is_in(["MO", "MT", "DLR"]).fill_null(False)
    default = pl.when(momt_first).then(pl.lit(",".join(COLUMNS[1:]))).otherwise(pl.lit(",".join(COLUMNS)))
    rows = rows.with_columns(names=pl.coalesce(pl.col("names").str.to_lowercase().str.replace_all(r"[^a-z0-9_,]", ""), default))
    parts = []
    for (written,), part in rows.group_by("names", maintain_order=True):
        indices = {name: index for index, name in enumerate(str(written).split(","))}
        columns = {name: pl.col("values").list.get(index, null_on_oob=True) for name, index in indices.items() if name in COLUMNS}
        parts.append(_whole(part.select("record_no", **columns)))
    return pl.concat(parts) if parts else _whole(pl.DataFrame(schema={"record_no": pl.Int64}))


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    """Each of the table's columns as text, empty where the source has none; `has_mask` tells whether it had the receipt mask."""
    texts = {name: pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String) for name in COLUMNS}
    filled = {name: pl.when(text.str.strip_chars() != "").then(text) for name, text in texts.items()}
    has_mask = pl.col("has_mask") if "has_mask" in frame.columns else pl.lit("dlr_mask" in frame.columns)
    return frame.select("record_no", **filled, has_mask=has_mask)


def _objects(records: pl.DataFrame) -> pl.DataFrame:
    """Rows written as JSON, one a line."""
    found: list[dict[str, Any]] = []
    for record_no, line in records.filter(_LINE.str.contains(_JSON_ROW)).select("record_no", "line").iter_rows():
        try:
            value = json.loads(line.strip().strip("[],"), parse_float=str, parse_int=str)
        except ValueError:
            continue
        row = {str(name).lower(): inner for name, inner in value.items()}
        texts = {name: inner for name, inner in row.items() if name in COLUMNS and isinstance(inner, str)}
        found.append({"record_no": record_no, "has_mask": "dlr_mask" in row, **texts})
    return _whole(pl.DataFrame(found, schema={"record_no": pl.Int64, "has_mask": pl.Boolean, **dict.fromkeys(COLUMNS, pl.String)}))


def _table(records: pl.DataFrame) -> pl.DataFrame:
    lower = {name: name.lower() for name in records.columns if name.lower() in COLUMNS}
    return _whole(
        records.filter(pl.col("fault").is_null())
        .select("record_no", *lower)
        .rename(lower)
        .with_columns(pl.all().exclude("record_no").replace(["NULL", "\\N"], None))
    )


# Events


def _decoded(text: pl.Expr) -> pl.Expr:
    """A receipt's text, which most installations keep percent-encoded."""
    # Bytes that are no ASCII are message text, in any alphabet.
    digits = text.str.extract(r"^0x((?:[0-9A-Fa-f]{2})+)$").str.replace_all(r"([0-7][0-9A-Fa-f])|[89A-Fa-f][0-9A-Fa-f]", "${1}")
    hexadecimal = digits.str.decode("hex", strict=False).cast(pl.String, strict=False)
    plain = pl.coalesce(hexadecimal, text)
    return pl.when(plain.str.contains("(?i)%3A|^N?ACK%2F")).then(plain.str.replace_many(_ENCODED)).otherwise(plain)


def _prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """What the readings are made of, beside the table's columns."""
    time, url = pl.col("time").str.extract(r"^(\d{9,10})(?:\.\d+)?$").cast(pl.Int64, strict=False), pl.col("dlr_url")
    header = pl.col("udhdata").str.replace_all("%", "").str.to_uppercase()
    own_id = pl.coalesce(url.str.extract(_NAMED_ID), url.str.extract(_UUID), url.str.extract(_ALONE))
    frame = frame.with_columns(
        momt=pl.col("momt").str.to_uppercase(),
        logged_utc=pl.from_epoch(time * 1_000_000, time_unit="us").cast(NAIVE),
        mask=pl.col("dlr_mask").str.extract(r"^(-?\d+)").cast(pl.Int64, strict=False),
        own_id=own_id,
        udh=pl.lit("0:") + header.fill_null(""),
        to=pl.col("receiver"),
        text=_decoded(pl.col("msgdata")).fill_null(""),
        META=pl.col("meta_data").fill_null(""),
    )
    frame = kannel_receipts.with_long_message(frame)
    ends = pl.concat_str(
        pl.lit("ends:"), pl.col("service").fill_null(""), pl.lit("/"), pl.col("sender").fill_null(""), pl.lit(">"), pl.col("receiver").fill_null("")
    )
    extra = pl.struct(pl.col(name).alias(key) for name, key in _EXTRA.items())
    return frame.with_columns(
        message_ref=pl.coalesce("message_ref", pl.when(pl.col("own_id").is_null()).then(ends)),
        extra=pl.when(pl.any_horizontal(pl.col(list(_EXTRA)).is_not_null())).then(_json(extra)),
    )


def _json(fields: pl.Expr) -> pl.Expr:
    """JSON of the fields that are there."""
    return fields.struct.json_encode().str.replace_all(r'"\w+":null,?', "").str.replace(r",\}$", "}")


def _shared() -> dict[str, pl.Expr]:
    return {
        "record_no": pl.col("record_no"),
        "row_in_line": pl.col("row_in_line"),
        "feed": pl.col("smsc_id"),
        "account": pl.col("service"),
        # A request to many recipients has one dlr_url for all of them.
        "message_id": pl.col("own_id") + pl.lit("/") + pl.col("receiver").str.replace_all(r"\D", ""),
        "client_ref": pl.col("own_id"),
        "message_ref": pl.col("message_ref"),
        "part_no": pl.col("part_no"),
        "parts": pl.col("parts"),
        "sender": pl.col("sender"),
        "recipient": pl.col("receiver"),
        "logged_utc": pl.col("logged_utc"),
        "extra": pl.col("extra"),
    }


def _raw(text: pl.Expr) -> pl.Expr:
    """The row as JSON, with `text` in place of its message text."""
    shown = [pl.col(name) for name in COLUMNS if name not in ("msgdata", "dlr_url")]
    # Of an address the id alone is kept, as it is read again.
    url, own_id = pl.col("dlr_url"), pl.col("own_id")
    address = pl.when(url.str.contains(_ALONE)).then(url).when(own_id.is_not_null()).then(pl.lit(f"{MASK}?id=") + own_id)
    return _json(pl.struct(*shown, dlr_url=pl.coalesce(address, pl.when(url.is_not_null()).then(pl.lit(MASK))), msgdata=text))


def _kept(rows: pl.DataFrame, keep: frozenset[str]) -> pl.DataFrame:
    """The rows with everything masked that no column of ours holds, unless it is a number or named in `keep`."""
    own = {name: harmless.kept(rows[name]) for name in COLUMNS if name not in (*_READ, *keep)}
    meta = {} if "meta_data" in keep else {"meta_data": bracketed.meta(rows["meta_data"])}
    headers = pl.col("udhdata").str.contains(r"^(?:%?[0-9A-Fa-f]{2}){1,140}$")
    return rows.with_columns(**own | meta, udhdata=pl.when(headers | pl.col("udhdata").is_null()).then("udhdata").otherwise(pl.lit(MASK)))


def _submissions(frame: pl.DataFrame) -> pl.DataFrame:
    asked = pl.col("mask").fill_null(0).clip(lower_bound=0) & 3
    by_mask = pl.when(asked == 3).then(pl.lit("full")).when(asked > 0).then(pl.lit("partial")).otherwise(pl.lit("none"))
    return frame.select(
        **_shared(),
        kind=pl.lit("submission"),
        time_precision=pl.lit("second"),
        receipt_requested=pl.when("has_mask").then(by_mask),
        status=pl.lit("submitted"),
        status_raw="momt",
        said_by=pl.lit("gateway"),
        raw=_raw(pl.when(pl.col("msgdata").is_not_null()).then(pl.lit(MASK))),
    )


def _receipts(frame: pl.DataFrame) -> pl.DataFrame:
    said = kannel_receipts.receipt_columns(frame)
    own = frame.select(**_shared(), kind=pl.lit("receipt"), raw=_raw(pl.lit(said["kept"])))
    return own.hstack(said.drop("kept").with_columns(time_precision=pl.coalesce(pl.col("time_precision"), pl.lit("second"))))


def _lacks() -> pl.Expr:
    """What a row lacks to be one of a message."""
    return pl.coalesce(
        pl.when(~pl.col("momt").is_in(["MO", "MT", "DLR"]).fill_null(False)).then(pl.lit("momt")),
        pl.when(pl.col("logged_utc").is_null()).then(pl.lit("time")),
        pl.when(pl.col("receiver").is_null()).then(pl.lit("receiver")),
        pl.when(pl.len().over("record_no") > _MOST_ROWS).then(pl.lit(f"number of rows (at most {_MOST_ROWS} a statement)")),
    )


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch: lines of a dump, or rows of a table."""
    is_table = len(records.columns) > 2
    rows = _table(records) if is_table else pl.concat([_named(_statements(records)), _objects(records)])
    rows = rows.sort("record_no", maintain_order=True).with_columns(row_in_line=pl.int_range(pl.len()).over("record_no"))
    frame = _prepared(_kept(rows, context.keep)).with_columns(lacks=_lacks())
    good, momt = frame.filter(pl.col("lacks").is_null()), pl.col("momt")
    readings = pl.concat([_submissions(good.filter(momt == "MT")), _receipts(good.filter(momt == "DLR"))], how="diagonal_relaxed")
    readings = readings.sort("record_no", "row_in_line").with_columns(event_no=pl.int_range(1, pl.len() + 1).over("record_no")).drop("row_in_line")
    incoming = good.filter(momt == "MO").group_by("record_no", maintain_order=True).agg(pl.col("smsc_id").first(), pl.col("logged_utc").max())
    return _sorted_out(records, readings, frame.filter(pl.col("lacks").is_not_null()), incoming)


def _sorted_out(records: pl.DataFrame, readings: pl.DataFrame, broken: pl.DataFrame, incoming: pl.DataFrame) -> Parsed:
    """Each record once: read if one of its rows was, else skipped for an incoming message, else rejected if a row is broken or cut off."""
    whose = pl.col("record_no").is_in(readings["record_no"].unique().to_list())
    skipped = incoming.filter(~whose).select("record_no", feed="smsc_id", logged_utc="logged_utc")
    accounted_for = pl.concat([readings.select("record_no"), skipped.select("record_no")]).unique()
    rest = records.join(accounted_for, on="record_no", how="anti", maintain_order="left")
    lacks = rest.join(broken.unique("record_no", keep="first").select("record_no", "lacks"), on="record_no", how="left", maintain_order="left")
    faults = pl.col("fault") if "fault" in records.columns else pl.lit(None, pl.String)
    cut = _LINE.str.contains(_OWN) & _LINE.str.contains(r"\(|\t|\{") & ~_LINE.str.contains(r"(?i)VALUES\s*$")
    bad = lacks.filter(pl.col("lacks").is_not_null() | faults.is_not_null() | cut)
    rejects = pl.concat(
        [
            bad.filter(pl.col("lacks").is_not_null()).select(
                "record_no",
                raw="line",
                field="lacks",
                rule=pl.lit("kannel_sqlbox_column"),
                message=pl.format("a row of sent_sms without a usable {}", "lacks"),
            ),
            rejected(bad.filter(pl.col("lacks").is_null()), "row", "kannel_sqlbox_row", "a row of sent_sms that cannot be read; it may be cut off"),
        ]
    ).sort("record_no")
    others = rest.join(rejects.select("record_no"), on="record_no", how="anti", maintain_order="left").select("record_no")
    return Parsed(
        readings=readings, skipped=pl.concat([pl.DataFrame(schema=SKIPPED), skipped, others], how="diagonal").sort("record_no"), rejected=rejects
    )


def claims(records: pl.DataFrame) -> int:
    """Rows of `sent_sms`, by their statement, their momt, or the table's headers."""
    if len(records.columns) > 2:
        written = {name.lower(): name for name in records.columns}
        own = pl.col(written["momt"]).str.to_uppercase().is_in(["MO", "MT", "DLR"]) if written.keys() >= _HEADERS else pl.lit(False)
        return int(records.select(own.fill_null(False).sum()).item())
    return int(records["line"].str.contains(_OWN).sum())


def remarks(records: pl.DataFrame, context: Context) -> list[str]:
    """How submissions and receipts are joined where no id tells."""
    readings = parse(records, context).readings
    asked = readings.filter((pl.col("kind") == "submission") & pl.col("receipt_requested").is_in(["full", "partial"]))
    nameless = asked.filter(pl.col("message_id").is_null()).height
    if not nameless:
        return []
    return [
        filled(
            "{0} of {1:message|messages} without an id in dlr_url: their receipts are joined by sender, recipient, service and time",
            nameless,
            asked.height,
        )
    ]


FORMAT: Final = Format(
    name="kannel_sqlbox",
    title="Kannel sqlbox: rows of sent_sms, as CSV or SQL dump",
    claims=claims,
    parse=parse,
    container="records",
    headers=(_HEADERS, frozenset(name.upper() for name in _HEADERS)),
    remarks=remarks,
    code_systems=("infobip", "map", "smpp", "smpp_command_status"),
)
