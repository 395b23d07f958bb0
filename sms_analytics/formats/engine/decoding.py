"""Containers of single records: what stands in a line of JSON, a form body, a web server's request or an XML element, as plain values.

The payload is not looked at here: a vendor's callback is the same whether it came as JSON, as a form or in a query string.
"""

import json
import re
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

from sms_analytics.formats.engine import base64_records, printed, printed_php, web_lines, xml_records
from sms_analytics.formats.engine.undecodable import UndecodableError


def _every_pair(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Where a key stands twice the last one counts, and the others stay under another name: nothing of a record is overlooked."""
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: dict[str, int] = {}
        for key, inner in pairs:
            seen[key] = seen.get(key, 0) + 1
            if value[key] is not inner:
                value[f"{key} ({seen[key]})"] = inner
    return value


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_every_pair)

#: `{ MessageSid: 'SM1'` and `{'MessageSid': 'SM1'`, and a list of such.
_PRINTED: Final = re.compile(r"\[?\s*\{\s*(?:'[^'{}]{1,100}'|\"[^\"{}]{1,100}\"(?=\s*=>)|[A-Za-z_$][\w$]{0,100})\s*(?::|=>|=)")
#: Forms as servers print them: `<QueryDict: {...}>` of Django, `ImmutableMultiDict([...])` of Flask, `map[...]` of Go, arrays of PHP.
_WRITTEN_FORM: Final = re.compile(r"<QueryDict: \{|MultiDict\(\[|\bmap\[[A-Za-z_]|\b[Aa]rray ?\(")
_MAP_PAIR: Final = re.compile(r"(?:^|\s)([A-Za-z_][\w.\-]*):(?:\[([^\[\]]*)\]|(\S*))")
#: What a line has that `decode` can open: a bracket, two pairs, a request, a comment of IIS, tabs of CloudFront. Far cheaper than to try.
MAY_HOLD: Final = r"[{<]|=[^\s&]*&[^\s&=]+=|\\?\"(?:GET|POST|PUT|HEAD|PATCH) |MultiDict|map\[|[Aa]rray ?\(|(?:GET|POST|PUT|HEAD)[ \t]/|^#"


class Decoded(NamedTuple):
    """One record: its value (a mapping, a list of them, nothing), what stood around it, and how it was written."""

    container: str
    value: Any
    #: Where the container's own time may stand: the text in front of the payload, or the whole line of a web server.
    before: str = ""
    after: str = ""
    #: The container's own time where it is UTC though it does not say so.
    utc: str | None = None
    #: The HTTP status that the callback was answered with.
    answer: str | None = None
    #: The encoded pairs, for masking in place.
    query: str | None = None
    #: The record without what else stood on its line, where that is not the record; none: the line.
    line: str | None = None


def decode(line: str, *, named: bool = False) -> Decoded | None:
    """What the record holds; none for a text that is no container. Raises `UndecodableError` for a broken one.

    `named`: the name of an XML record's element stands beside its values, as `name()`.
    """
    text = line.strip()
    if text[:1] in ("{", "[") and not is_marked(text):
        return _opened(_json(text), text)
    if text[:1] == "<":
        return Decoded("xml", xml_records.read(text, named=named))
    return _web(line, named=named) or _in_text(text, named=named)


#: `[2026-03-18 09:14:05]`, `[info]`, `[18/Mar/2026:09:14:05 +0100]`: no JSON, which has a quote, a brace or a bare number there.
_MARK: Final = re.compile(r"\[(?!\s*(?:-?\d+(?:\.\d+)?|true|false|null)\s*[,\]])[\w /:.,+\-|#@]{1,60}\]")


def is_marked(text: str) -> bool:
    """Whether the text begins with a word or a time in square brackets, which is no JSON."""
    return _MARK.match(text) is not None


def _web(line: str, *, named: bool) -> Decoded | None:
    request = web_lines.read(line)
    if request is None:
        return None
    if request.comment:
        return Decoded("access_log", None)
    if request.body is not None:
        return _posted(request, request.body, named=named)
    return Decoded(
        "access_log", _pairs(request.query), before="" if request.utc else line, utc=request.utc, answer=request.answer, query=request.query
    )


def _posted(request: web_lines.Request, body: str, *, named: bool) -> Decoded:
    """A request whose body is logged. Pairs of the address stand beside it."""
    before, query = f"{request.time} ", None
    value: Any
    if body[0] == "<":
        value = xml_records.read(body, named=named)
    elif body[0] in "{[":
        value = _json(body)
    else:
        value, query = _pairs(body), body
    if request.query:
        value, query = [value, _pairs(request.query)], None
    return Decoded("access_log", value, before=before, answer=request.answer, query=query, line=before + body)


def _opened(value: Any, text: str) -> Decoded:
    """A value, and the body of a load balancer's event in it without its encoding."""
    if isinstance(value, dict) and (plain := single_values(value)) is not value:
        return Decoded("json", plain, line=json.dumps(plain, ensure_ascii=False))
    if _PRINTED.match(text):
        # What a program printed may hold more than its keys and values: they alone are the record.
        return Decoded("json", value, line=json.dumps(value, ensure_ascii=False))
    if not base64_records.may_hold(text):
        return Decoded("json", value)
    plain = base64_records.opened(value)
    return Decoded("json", plain, line=json.dumps(plain, ensure_ascii=False)) if plain != value else Decoded("json", value)


def with_plain_texts(text: str) -> str | None:
    """The text with the records that are in Base64 as what they are; none where its JSON cannot be read."""
    start = text.find("{")
    try:
        value, end = _DECODER.raw_decode(text, start)
        plain = base64_records.opened(value)
    except (ValueError, RecursionError):
        return None
    return None if plain == value else f"{text[:start]}{json.dumps(plain, ensure_ascii=False)}{text[end:]}"


def _in_text(text: str, *, named: bool) -> Decoded | None:
    """A payload behind a time, a level, a program's name."""
    if (written := _WRITTEN_FORM.search(text)) is not None and (value := _written_form(text[written.start() :])):
        return _printed_behind(text[: written.start()], value)
    brace = text.find("{")
    if brace >= 0 and text.endswith(("}", "]")):
        # `2026-03-18 [info] [{"a": 1}]`: the array that the first object stands in.
        start = brace - 1 if text[brace - 1 : brace] == "[" and text.endswith("]") and not text.endswith(" []") else brace
        if (several := _several(text[start:])) is not None:
            return _printed_behind(text[:start], several)
        opened = _opened(_json(text[start:]), text[start:])
        return opened._replace(before=text[:start], line=text[:start] + opened.line if opened.line is not None else None)
    if (found := web_lines.form(text)) is not None:
        begin, end = found
        return Decoded("form", _pairs(text[begin:end]), before=text[:begin], after=text[end:], query=text[begin:end])
    element = text.find("<")
    if element > 0 and text.endswith(">"):
        return Decoded("xml", xml_records.read(text[element:], named=named), before=text[:element])
    return None


def _json(text: str) -> Any:
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return _printed(text)
    if end != len(text):
        raise UndecodableError("json", "this is no complete JSON")
    return without_halves(value, text)


def _printed_behind(before: str, value: Any) -> Decoded:
    return Decoded("json", value, before=before, line=before + json.dumps(value, ensure_ascii=False))


def _several(text: str) -> list[Any] | None:
    """The values of a text that is several JSON values one behind another: loggers write a record's context and then their own."""
    values, position = [], 0
    try:
        while position < len(text):
            value, position = _DECODER.raw_decode(text, position)
            values.append(value)
            position = len(text) - len(text[position:].lstrip())
    except (ValueError, RecursionError):
        return None
    return [without_halves(value, text) for value in values if value] if len(values) > 1 else None


def _written_form(text: str) -> dict[str, Any]:
    """The pairs of a form as a server printed it; none where it is something else."""
    if text.startswith("map["):
        return {name: listed or plain for name, listed, plain in _MAP_PAIR.findall(text[4:].rstrip().removesuffix("]"))}
    if text.lower().startswith("array"):
        return dict(printed_php.read(text) or {})
    inner = text[text.index("{" if text.startswith("<") else "[") : text.rindex("}" if text.startswith("<") else "]") + 1]
    try:
        value = printed.read(inner)
    except ValueError:
        return {}
    if isinstance(value, list):
        value = {pair[0]: pair[1] for pair in value if isinstance(pair, list) and len(pair) == len(("name", "value"))}
    return single_values(value) if isinstance(value, dict) else {}


def single_values(value: dict[str, Any]) -> dict[str, Any]:
    """A form's pairs, of which each may have several values, where each has one."""
    alone = all(isinstance(one, list) and len(one) == 1 and isinstance(one[0], str) for one in value.values())
    return {key: one[0] for key, one in value.items()} if value and alone else value


#: Half of a sign that takes two, as programs write it that cut a text anywhere.
_HALF: Final = re.compile("[\ud800-\udfff]")


def without_halves(value: Any, text: str) -> Any:
    """The value of a JSON text with a stand-in for each half of a sign: no database takes one."""
    return _whole(value) if "\\ud" in text or "\\uD" in text else value


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return {_whole(key): _whole(one) for key, one in value.items()} if isinstance(value, dict) else value


def _printed(text: str) -> Any:
    """An object as a program prints it, which is no JSON."""
    try:
        value = printed.read(text) if _PRINTED.match(text) else None
    except ValueError:
        value = None
    if not isinstance(value, dict | list):
        raise UndecodableError("json", "this is no complete JSON")
    return value


def _pairs(query: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for piece in query.split("&"):
        key, _, value = piece.partition("=")
        pairs[_unquoted(key)] = _unquoted(value)
    return pairs


def _unquoted(text: str) -> str:
    if "%" not in text:
        return text.replace("+", " ") if "+" in text else text
    # Most of what is encoded is the plus sign of a number.
    return f"+{text[3:]}" if text.startswith("%2B") and text[3:].isdecimal() else unquote_plus(text)


def embedded(text: str) -> Any:
    """What a string inside a record carries: JSON or encoded pairs; none for any other text."""
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            return without_halves(json.loads(stripped, object_pairs_hook=_every_pair), stripped)
        except (ValueError, RecursionError):
            return None
    found = web_lines.form(stripped) if "=" in stripped and "&" in stripped else None
    return _pairs(stripped[found[0] : found[1]]) if found else None
