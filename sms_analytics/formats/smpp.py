"""SMPP receipt texts in any program's log lines.

Producer:  any gateway, library or database dump that writes the receipt of a `deliver_sm` (SMPP 3.4 Appendix B) into a line of text.
Holds:     receipts. Submissions stand elsewhere: load them as `table` with the same feed, or only the share of answered ones can be told.
Clock:     a time at the start of the line is the log's (`--time-zone` unless it states its offset), but for that of old syslog, which has no year;
           the dates in the receipt are the SMSC's (`--receipt-zone`) and have no zone, but for the absolute form with quarter-hours.
Ids:       the TLV receipted_message_id, which is the id that was given at submission; the text's `id`, where it is another one, is kept in extra as
           text_id, and ids of other names beside them (msg_id, message_id) as other_ids. Without the TLV the text's id is the message's.
           Which base it is written in is found from the data of the feed.
Parts:     one receipt per part where every part asked; nothing in the text ties parts together.
Columns:   `smsc=`, `cid=`, `system_id=`, `bind=`, `connector=`, `feed=` of the line = feed; source_addr or from = recipient and destination_addr or to = sender,
           since a receipt travels from the handset to us; the other way round where only the second is a number, as in logs that turn the ends back.
Codes:     `err` belongs to the connection: `[feeds.NAME] code_system` says whose it is, else it is kept and not interpreted;
           a network_error_code TLV of type 3 (GSM) is a MAP error.
Traps:     keys in any order and case, `text` too, unknown ones among them, any white space between them; missing `sub`, `dlvrd`, `text` or `err`; dates
           of 10, 12, 14 digits or none (`0000000000`); words such as FAILED or DELIVERED, with a prefix (DND_REJECTED) or a tail (FAILED:..., EXP-103);
           codes that are words; `dlvrd:000` beside DELIVRD (ignored); text that holds `id:` itself. A bare digit as `stat` is not interpreted.
           message_state decides where `stat` is missing, UNKNOWN or unreadable; a program's own `status` beside the receipt decides nothing.
           Where the receipt stands in quotes, it ends with them; the members behind it in a JSON line, or in an object printed over lines, are read
           too. A receipt that is broken over lines is put together again. Without `text:` what stands behind the last key is taken for message
           text and masked.
Missing:   a line without any part of a receipt is another line of that log and skipped.
Sample:    2026-03-18 09:14:05 DEBUG smsc=telia1 deliver_sm from=4740000001 to=Klinikken id:5C01A9 sub:001 dlvrd:001 submit date:2603180914 done date:2603180914 stat:DELIVRD err:000 text:Time i mor
"""

from typing import Final
from urllib.parse import unquote_plus

import polars as pl

from sms_analytics.events.readings import MASK, Context, Format, Parsed, rejected
from sms_analytics.formats.engine import log_times, receipt_text
from sms_analytics.formats.engine.named_feeds import FEED, NAMED
from sms_analytics.formats.engine.receipt_text import MESSAGE_STATES

_LINE = pl.col("line")

_EDGE: Final = r"(?:^|[^A-Za-z0-9_\-]|\\[nrt])"
_DATE: Final = r"(?:submit|done)[\s_]?date"
#: Any key of the text, however the line goes on: where one stands, the line is about a receipt.
_SIGN: Final = rf"(?i){_EDGE}(?:stat|dlvrd|{_DATE})\s?:"
_RECEIPT: Final = rf"(?i){_EDGE}stat\s?:\s*\w"
_BESIDE: Final = rf"(?i){_EDGE}(?:id|err|dlvrd|done[\s_]?date)\s?:\s*[^\s,;]*[0-9]"

#: Where the text begins: at a key with another one behind its value (perhaps after an id and a few keys that we do not know), else at any key.
_KEY: Final = rf"(?:id|sub|dlvrd|{_DATE}|stat|err)"
_VALUE: Final = r"[^\s'\",;|\\]*"
_GAP: Final = r"(?:[\s,;|]|\\[nrt])+"
_BEGIN: Final = rf"(?is){_EDGE}((?:id\s?:\s*{_VALUE}{_GAP}(?:[a-z0-9_]+\s?:{_VALUE}{_GAP}){{0,4}})?{_KEY}\s?:\s*{_VALUE}{_GAP}(?:{_KEY}|text)\s?:.*)$"
_BEGIN_ANYHOW: Final = rf"(?is){_EDGE}({_KEY}\s?:.*)$"

#: Names and tags of the TLVs, and what programs write between one and its value: `=`, `: `, `, `, ` => `, `0x0001 [`, `<Buffer `, `b'`.
_ID: Final = r"(?:receipted_?message_?id|0x0*1e)"
_STATE: Final = r"(?:message_?state|0x0*427)"
_ERROR: Final = r"(?:network_?error_?code|0x0*423)"
_ANY_TLV: Final = rf"(?:{_ID}|{_STATE}|{_ERROR})"
_TO_VALUE: Final = r"\b[\"'\)\]]*\s*(?:=>|->|[:=(,])?\s*(?:(?:0x[0-9a-f]{1,4}\s+){1,2}\[)?[\"'\[<(]*(?:Buffer\s+)?(?:b?[\"'])?"
_BYTE: Final = r"(?:\\x|%|\\u00|0x)?[0-9a-f]{2}"
_ID_VALUE: Final = r"([A-Za-z0-9_.\-]*[0-9][A-Za-z0-9_.\-]*)"
_STATE_NUMBER: Final = r"(?:\\x|%|\\u00|0x)?0*([0-9]{1,3})(?:[^0-9A-Za-z]|$)"
_STATE_WORD: Final = r"(?:MessageState\.)?(SCHEDULED|ENROUTE|DELIVERED|EXPIRED|DELETED|UNDELIVERABLE|ACCEPTED|UNKNOWN|REJECTED|SKIPPED|DELIVRD|UNDELIV|ACCEPTD|REJECTD)\b"
#: network_error_code is a byte of type and two of code: in hexadecimal digits, as bytes of which the last is a letter or an escape, as numbers.
_ERROR_HEX: Final = rf"({_BYTE}[ :-]?{_BYTE}[ :-]?{_BYTE})(?:[^0-9A-Za-z]|$)"
_ESCAPED: Final = {r"\t": "\t", r"\n": "\n", r"\r": "\r", r"\b": "\b", r"\f": "\f", r"\"": '"', r"\'": "'", r"\\": "\\"}
_UNIT: Final = r"(\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}|\\[tnrbf\"'\\]|[ -~])"
_ERROR_BYTES: Final = rf"(?:\\x03|\\u0003){_UNIT}{_UNIT}[\"']"
_ERROR_NUMBERS: Final = rf"(?i){_ERROR}\b[^0-9]{{0,30}}3\W+(?:0\W+|\w*code[\"']?\s*[:=]\s*[\"']?)([0-9]{{1,3}})\b"
#: TLVs that stand behind a message text without quotes: it ends where they begin.
_TAIL: Final = rf"(?is)[\"'\]\)}},;\s\[(<]+{_ANY_TLV}\b.*$"
#: A network error code of another type than GSM's, which is kept as it is written.
_ERROR_AS_WRITTEN: Final = rf"(?i)({_ERROR}{_TO_VALUE}{_ERROR_HEX})"

#: Where the line names the connection and the two ends.
_FROM: Final = rf"{NAMED}(?:source_addr|source|src|from)[\"']?\s*[:=]\s*b?[\"']?([^\s\"',\]}})]+)"
#: What of a program's words may be kept: times and levels, connection, ends, names of what goes over the line.
_KEPT_WORD: Final = (
    r"(?i)\b(?:smsc|smsc_id|cid|system_id|bind|connector|feed|source_addr|source|src|from|destination_addr|dest_addr|destination|dst|to)"
    r"[\"']?\s*[:=]\s*b?[\"']?[^\s\"',\]})]+|"
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z\b|[+-]\d\d:?\d\d\b))?|\b\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\b|"
    r"\b(?:time|timestamp|deliver_?sm|submit_?sm(?:_resp)?|data_?sm|dlr|pdu|short_message|receipt|trace|debug|info|notice|warn|warning|error)\b"
)
#: The quote that the receipt stands in.
_OPENING: Final = r"b?\\?[\"']$"
#: Stand around such a word while the others are masked.
_OPEN, _CLOSE = "\ue002", "\ue003"
_HANDSET: Final = r"^\+?[0-9]{5,15}$"
_TO: Final = rf"{NAMED}(?:destination_addr|dest_addr|destination|dst|to)[\"']?\s*[:=]\s*b?[\"']?([^\s\"',\]}})]+)"

#: Names of a message text beside the receipt, and those of a program's own message, in which the receipt may stand.
_TEXT_NAMES: Final = "text|content|body|data|payload"
_ANY_NAMES: Final = f"{_TEXT_NAMES}|message|msg"
_IS: Final = r"[\"']?\s*[:=]\s*"
_QUOTED_TEXT: Final = rf"(?is)((?:{_ANY_NAMES}){_IS})b?(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')([\s,;\]}})]|$)"
#: Stand for a mask, and for the brace of an object printed by a program, while what is still to be masked is looked for: of the private use area,
#: which logs do not use.
_MASKED: Final = "\ue000"
_BRACE: Final = "\ue001"
_OBJECT: Final = rf"(?i)(message{_IS})\{{(\s*[\"']?(?:{_ANY_NAMES})[\"']?\s*:)"

#: Ids of other names beside a receipt: what some programs call the message's.
_OTHER_IDS: Final = tuple(
    rf"{NAMED}(?:{name})[\"']?\s*[:=]\s*b?[\"']?{_ID_VALUE}" for name in (r"message_?id", r"msg_?id", r"smsc_?(?:message|msg)_?id")
)
_ANY_OTHER_ID: Final = r"(?i)(?:message|msg)_?id"
_EXTRA: Final = ("text_id", "other_ids")
#: A receipt that is broken over lines: its first one ends behind a value, and it is whole with a status and what follows that.
_BROKEN_OFF: Final = rf"(?i)^[^\n]*{_EDGE}{_KEY}\s?:[^\S\n]*[^\s'\",;|\\]+[^\S\n]*(?:\n|$)"
_FIRST_LINE: Final = rf"^\W?\d{{4}}[-/]\d\d|^\W?\d\d[-/:]\d\d|^\W?\d{{10}}|^<\d|^[A-Z][a-z]{{2}} +\d|^[\[{{]|(?i)^id\s?:|^\S.*{_EDGE}id\s?:"
#: A PDU that a program prints as an object over many lines.
_OPENED: Final = r"(?i)^[^\n]*(?:deliver_?sm|data_?sm|\bpdu\b)[^\n]*\{[^\S\n]*(?:\n|$)"
_CLOSED: Final = r"\n\}[^\n]*$"


def _unescaped(records: pl.DataFrame) -> pl.DataFrame:
    """The lines; those that hold a receipt in a query, as it reads without its percent signs."""
    encoded = records["line"].str.contains(r"(?i)(?:stat|dlvrd)%3A").fill_null(False)
    if not encoded.any():
        return records
    plain = pl.Series([unquote_plus(line) for line in records["line"].filter(encoded)], dtype=pl.String)
    return records.with_columns(line=records["line"].scatter(encoded.arg_true(), plain))


def _pieces(records: pl.DataFrame) -> pl.DataFrame:
    """`before` (the program's own words), `text` (from the first key on, to the end of its quotes) and `tail` (what stands behind the text)."""
    rest, before, quote, quoted = pl.col("rest"), pl.col("before"), pl.col("quote"), pl.col("quoted")
    begun = records.with_columns(rest=_LINE.str.extract(_BEGIN))
    begun = begun.with_columns(rest=pl.coalesce(rest, pl.when(rest.is_null()).then(_LINE).str.extract(_BEGIN_ANYHOW)).fill_null(""))
    opened = begun.with_columns(before=_LINE.str.strip_suffix(rest)).with_columns(quote=before.str.extract(r"(\\?[\"'])$"))
    closed = opened.with_columns(
        quoted=pl.when(quote == '"')
        .then(rest.str.extract(r'(?s)^((?:[^"\\]|\\.)*)"'))
        .when(quote == "'")
        .then(rest.str.extract(r"(?s)^((?:[^'\\]|\\.)*)'"))
        .when(quote.is_not_null())
        .then(rest.str.extract(r"(?s)^(.*?)\\[\"']"))
    )
    ended = closed.with_columns(
        tail=pl.when(quoted.is_null()).then(rest.str.extract(rf"({_TAIL})").fill_null("")).otherwise(rest.str.strip_prefix(quoted))
    )
    return ended.with_columns(text=pl.coalesce(quoted, rest.str.strip_suffix(pl.col("tail"))))


def _byte(unit: pl.Expr) -> pl.Expr:
    """The number that one byte stands for in a notation of Python or JSON."""
    digits = unit.str.extract(r"(?i)^\\(?:x|u00)([0-9a-f]{2})$")
    return pl.coalesce(digits, unit.replace(_ESCAPED).str.encode("hex")).str.to_integer(base=16, strict=False)


def _tlvs(outside: pl.Expr) -> dict[str, pl.Expr]:
    """The three TLVs of a receipt, from what stands around its text; `gsm` is a network error code of type 3."""
    bare = outside.str.extract(rf"(?i){_ERROR}{_TO_VALUE}{_ERROR_HEX}").str.replace_all(r"(?i)\\x|%|\\u00|0x|[ :-]", "")
    high, low = (_byte(outside.str.extract(rf"(?i){_ERROR}{_TO_VALUE}{_ERROR_BYTES}", unit)) for unit in (1, 2))
    state = outside.str.extract(rf"(?i){_STATE}{_TO_VALUE}{_STATE_NUMBER}").replace(MESSAGE_STATES)
    return {
        "tlv_id": outside.str.extract(rf"(?i){_ID}{_TO_VALUE}{_ID_VALUE}"),
        "tlv_state": pl.coalesce(state, outside.str.extract(rf"(?i){_STATE}{_TO_VALUE}{_STATE_WORD}")),
        "gsm": pl.coalesce(
            pl.when(bare.str.starts_with("03")).then(bare.str.slice(2).str.to_integer(base=16, strict=False)),
            high * 256 + low,
            outside.str.extract(_ERROR_NUMBERS).str.to_integer(strict=False),
        ),
    }


def _without_text(words: pl.Expr, names: str) -> pl.Expr:
    """The program's words with message texts masked: to the end of their quotes; under `names` to the end of the words where there are no quotes."""
    opening = words.str.extract(f"({_OPENING})").fill_null("")
    bare = words.str.strip_suffix(opening).str.replace_all(f"[{_MASKED}{_BRACE}]", "").str.replace(_OBJECT, "${1}" + _BRACE + "${2}")
    quoted = bare.str.replace_all(_QUOTED_TEXT, "${1}" + _MASKED + "${2}")
    masked = quoted.str.replace(rf"(?is)((?:{names}){_IS})[^\s{_MASKED}{_BRACE}].*$", "${1}" + MASK + " ")
    return masked.str.replace_all(_MASKED, MASK, literal=True).str.replace_all(_BRACE, "{", literal=True) + opening


def _words() -> pl.Expr:
    """Where connection and ends are named: in front of the receipt, and in the members behind it in JSON or in a printed object."""
    members = pl.col("tail").str.contains(r"^[\"']\s*[,}]") & pl.col("quote").is_in(['"', "'"])
    behind = pl.when(members).then(pl.col("tail").str.replace_all(_QUOTED_TEXT, "${1}" + MASK + "${2}")).otherwise(pl.lit(""))
    return pl.concat_str(_without_text(pl.col("before"), _TEXT_NAMES), pl.lit(" "), behind)


def _kept_words(words: pl.Expr) -> pl.Expr:
    """A program's own words, masked but for its times and levels and what names the connection and the two ends."""
    bare = words.str.replace(_OPENING, "").str.replace_all(f"[{_OPEN}{_CLOSE}]", "")
    marked = bare.str.replace_all(f"({_KEPT_WORD})", f"{_OPEN}${{1}}{_CLOSE}")
    masked = marked.str.replace_all(rf"(^|{_CLOSE})[^{_OPEN}{_CLOSE}]*[\p{{L}}\p{{N}}][^{_OPEN}{_CLOSE}]*", f"${{1}} {MASK} ")
    return masked.str.replace_all(f"[{_OPEN}{_CLOSE}]", "").str.strip_chars_start()


#: Names under which connection and ends are written again, the columns that hold them, and how they are found.
_ENDS: Final = (("smsc", "named_feed", FEED), ("from", "named_from", _FROM), ("to", "named_to", _TO))


def _named_again() -> pl.Expr:
    """Connection and ends that were read elsewhere than in the words that are kept."""
    found = [(name, pl.col(column), pl.col("kept").str.extract(pattern)) for name, column, pattern in _ENDS]
    lacking = [pl.when(there.is_not_null() & there.ne_missing(again)).then(pl.format("{}={} ", pl.lit(name), there)) for name, there, again in found]
    return pl.concat_str(lacking, ignore_nulls=True)


def _tlvs_again() -> pl.Expr:
    """The TLVs in a spelling that `_tlvs` reads."""
    code = [pl.lit("0123456789abcdef").str.slice(pl.col("gsm") // 16**digit % 16, 1) for digit in (3, 2, 1, 0)]
    error = pl.concat_str(pl.lit("network_error_code=03"), *code)
    outside = pl.concat_str(pl.col("before"), pl.lit(" "), pl.col("tail"))
    written = [
        pl.format(" receipted_message_id={}", pl.col("tlv_id")),
        pl.format(" message_state={}", pl.col("tlv_state")),
        pl.lit(" ") + pl.coalesce(error, outside.str.extract(_ERROR_AS_WRITTEN)),
    ]
    return pl.concat_str(written, ignore_nulls=True)


def _masked_line() -> pl.Expr:
    """Program's words, masked text, and of what followed only the TLVs, or the signs that close it."""
    opening = pl.col("before").str.extract(f"({_OPENING})").fill_null("")
    closing = pl.when(~pl.col("tail").str.contains(r"[\p{L}\p{N}]")).then("tail").otherwise(pl.lit(""))
    kept = pl.col("kept")
    again = _named_again()
    gap = pl.when((again.str.len_bytes() > 0) & ~kept.str.contains(r"\s$")).then(pl.lit(" ")).otherwise(pl.lit(""))
    return pl.concat_str(kept, gap, again, opening, "masked", closing, _tlvs_again())


def _other_ids(frame: pl.DataFrame) -> pl.Series:
    """What the program calls the message's id, where it does; few lines have it, so only these are searched."""
    outside = frame.select(outside=pl.concat_str(pl.col("before"), pl.lit(" "), pl.col("tail"))).to_series()
    named = outside.str.contains(_ANY_OTHER_ID).fill_null(value=False)
    nothing = pl.Series("other_ids", [None] * frame.height, dtype=pl.List(pl.String))
    if not named.any():
        return nothing
    ids = outside.filter(named).to_frame("outside").select(pl.concat_list([pl.col("outside").str.extract(name) for name in _OTHER_IDS]))
    others = ids.select(ids=pl.nth(0).list.drop_nulls().list.unique(maintain_order=True)).select(pl.when(pl.col("ids").list.len() > 0).then("ids"))
    rows = pl.DataFrame({"row": named.arg_true(), "other_ids": others.to_series()})
    return pl.DataFrame({"row": pl.int_range(frame.height, dtype=pl.UInt32, eager=True)}).join(rows, on="row", how="left", maintain_order="left")[
        "other_ids"
    ]


def _extra(frame: pl.DataFrame) -> pl.Series:
    """JSON of the ids beside that of the message: `text_id`, where the text has another one than the TLV, and `other_ids`."""
    text_id = pl.when(pl.col("tlv_id").is_not_null() & (pl.col("id") != pl.col("tlv_id"))).then("id")
    found = frame.select(text_id=text_id, other_ids=_other_ids(frame))
    if found.null_count().row(0) == (frame.height, frame.height):
        return pl.Series("extra", [None] * frame.height, dtype=pl.String)
    quoted = {name: pl.struct(pl.col(name).alias("v")).struct.json_encode().str.slice(len('{"v":')).str.head(-1) for name in _EXTRA}
    pairs = [pl.when(pl.col(name).is_not_null()).then(pl.format('"{}": {}', pl.lit(name), text)) for name, text in quoted.items()]
    joined = pl.concat_str(pairs, separator=", ", ignore_nulls=True)
    return found.select(extra=pl.when(joined.str.len_bytes() > 0).then(pl.concat_str(pl.lit("{"), joined, pl.lit("}")))).to_series()


def _word() -> pl.Expr:
    """The receipt's own word; that of the TLV message_state where there is none, or none that says something."""
    weak = pl.col("status").is_in(["unknown", "unrecognised"]) & pl.col("tlv_state").is_not_null()
    return pl.when(pl.col("stat").is_null() | weak).then("tlv_state").otherwise("stat")


def _readings(frame: pl.DataFrame) -> pl.DataFrame:
    words = frame.select(_word()).to_series()
    said = receipt_text.said_by_words(words)
    gsm = pl.col("gsm")
    source, destination = pl.col("named_from"), pl.col("named_to")
    turned = destination.str.contains(_HANDSET) & ~source.str.contains(_HANDSET).fill_null(False)
    unmarked = pl.when(~pl.col("text").str.contains(rf"(?i){_EDGE}text:")).then("text")
    frame = frame.with_columns(word=words, words=_words(), kept=_kept_words(_without_text(pl.col("before"), _ANY_NAMES)), extra=_extra(frame))
    frame = frame.with_columns(pl.col("words").str.extract(pattern).alias(column) for _, column, pattern in _ENDS)
    return frame.select(
        "record_no",
        "logged",
        "logged_utc",
        kind=pl.lit("receipt"),
        feed=pl.coalesce("named_feed", unmarked.str.extract(FEED)),
        message_id=pl.coalesce("tlv_id", "id"),
        sender=pl.when(turned).then(source).otherwise(destination),
        recipient=pl.when(turned).then(destination).when(source.str.contains(_HANDSET)).then(source),
        happened="done",
        happened_utc="done_utc",
        submit="submit",
        submit_utc="submit_utc",
        time_precision=pl.coalesce("precision", "log_precision"),
        status=said["status"],
        status_raw="word",
        said_by=pl.lit("operator"),
        reason=said["reason"],
        code_raw=pl.coalesce(pl.when(gsm > 0).then(gsm.cast(pl.String)), "err"),
        code_system=pl.when(gsm > 0).then(pl.lit("map")).otherwise(receipt_text.system_of(pl.col("err"))),
        extra="extra",
        raw=_masked_line(),
    )


def _says_something() -> pl.Expr:
    """A known word for the status, or any word beside another key; a lone `stat:` in some other program's line is neither."""
    # Somebody's words may hold `id: ja`.
    named = pl.col("id").str.contains(r"[0-9]").fill_null(False)
    beside = named | pl.any_horizontal(pl.col("err", "submit", "done", "submit_utc", "done_utc", "tlv_id").is_not_null())
    by_text = pl.col("is_receipt").fill_null(False) & (beside | (pl.col("status") != "unrecognised"))
    return by_text | (pl.col("tlv_state").is_not_null() & pl.coalesce("id", "tlv_id").is_not_null())


def parse(records: pl.DataFrame, context: Context) -> Parsed:
    """One batch of log lines that may hold receipt texts."""
    del context
    records = _unescaped(records)
    about = _LINE.str.contains(_SIGN) | _LINE.str.contains(rf"(?i){_ID}{_TO_VALUE}{_ID_VALUE}|{_STATE}{_TO_VALUE}(?:{_STATE_NUMBER}|{_STATE_WORD})")
    pieces = _pieces(records.filter(about))
    outside = pl.col("before") + pl.lit(" ") + pl.col("tail")
    frame = pieces.with_columns(**_tlvs(outside)).hstack(receipt_text.read(pieces["text"])).hstack(log_times.read(pieces["before"]))
    other = records.filter(~about)
    return Parsed(
        readings=_readings(frame.filter(_says_something())),
        skipped=other.select("record_no").hstack(log_times.read(other["line"]).select("logged", "logged_utc")),
        rejected=rejected(
            frame.filter(~_says_something()),
            "stat",
            "smpp_receipt",
            "part of a receipt, but neither a status beside another key nor an id beside one",
        ),
    )


def claims(records: pl.DataFrame) -> int:
    """Lines with a `stat:` and another key of a receipt, or with both TLVs of one."""
    records = _unescaped(records)
    text = _LINE.str.contains(_RECEIPT) & _LINE.str.contains(_BESIDE)
    tlvs = _LINE.str.contains(rf"(?i){_ID}{_TO_VALUE}{_ID_VALUE}") & _LINE.str.contains(rf"(?i){_STATE}{_TO_VALUE}")
    return int(records.select((text | tlvs).sum()).item())


FORMAT: Final = Format(
    name="smpp",
    title="SMPP receipt text in any log line",
    claims=claims,
    parse=parse,
    general=True,
    begins=_FIRST_LINE,
    unfinished=(
        _LINE.str.contains(rf"(?i){_EDGE}id\s?:\s*\w")
        & _LINE.str.contains(_BROKEN_OFF)
        & ~(_LINE.str.contains(_RECEIPT) & _LINE.str.contains(rf"(?i){_EDGE}(?:err|text)\s?:"))
    )
    | (_LINE.str.contains(_OPENED) & ~_LINE.str.contains(_CLOSED)),
    code_systems=("infobip", "map", "smpp"),
)
