"""Containers of single records: what stands in a line of JSON, a form body, a web server's request or an XML element, as plain values.

The payload is not looked at here: a vendor's callback is the same whether it came as JSON, as a form or in a query string.
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus
from xml.etree import ElementTree

#: A structure that is nested more deeply is no status report.
DEPTH: Final = 8


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

#: A request in an access log of nginx or Apache, and its answer.
_REQUEST: Final = re.compile(r'"(?:GET|POST|PUT|HEAD|PATCH) (\S*)(?: HTTP/[\d.]+)?" (\d{3})(?!\d)')
#: A request in a W3C log of IIS: time in UTC, method, path and query side by side; the answer's three numbers follow later.
_IIS: Final = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:\S+ ){0,3}(?:GET|POST|PUT|HEAD) /\S* (-|[^\s<>{}\"=]+=[^\s<>{}\"]*) .* (\d{3}) \d{1,5} \d+(?:\s|$)"
)
_IIS_COMMENT: Final = re.compile(r"^#(?:Software|Version|Date|Fields|Remark|Start-Date|End-Date): ")
#: Two key=value pairs or more, encoded as in a form or a query.
_FORM: Final = re.compile(r"[\w.\-\[\]%$@+]+=[^\s\"'&]*(?:&[^\s\"']*)+")
_DECLARED: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_INSTRUCTION: Final = re.compile(r"<\?(?!xml )")
_ATTRIBUTE: Final = re.compile(r"<[A-Za-z_][^<>\s]*\s+[^<>/\s]")
_TAG: Final = re.compile(r"<[^<>]*>")
_XML_NAMESPACE: Final = re.compile(r"^\{[^}]*\}")


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


class UndecodableError(ValueError):
    """A record that looks like a container and is none: `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def decode(line: str) -> Decoded | None:
    """What the record holds; none for a text that is no container. Raises `UndecodableError` for a broken one."""
    text = line.strip()
    if text[:1] in ("{", "["):
        return Decoded("json", _json(text))
    if text[:1] == "<":
        return Decoded("xml", _xml(text))
    return _web(line) or _in_text(text)


def _web(line: str) -> Decoded | None:
    if (found := _REQUEST.search(line)) is not None:
        query = found[1].partition("?")[2]
        return Decoded("access_log", _pairs(query), before=line, answer=found[2], query=query)
    if (found := _IIS.match(line)) is not None:
        query = "" if found[2] == "-" else found[2]
        return Decoded("access_log", _pairs(query), before="", utc=found[1], answer=found[3], query=query)
    return Decoded("access_log", None) if _IIS_COMMENT.match(line) else None


def _in_text(text: str) -> Decoded | None:
    """A payload behind a time, a level, a program's name."""
    brace = text.find("{")
    if brace >= 0 and text.endswith(("}", "]")):
        # `2026-03-18 [info] [{"a": 1}]`: the array that the first object stands in.
        start = brace - 1 if text[brace - 1 : brace] == "[" and text.endswith("]") else brace
        return Decoded("json", _json(text[start:]), before=text[:start])
    if (found := _FORM.search(text)) is not None:
        return Decoded("form", _pairs(found[0]), before=text[: found.start()], after=text[found.end() :], query=found[0])
    element = text.find("<")
    if element > 0 and text.endswith(">"):
        return Decoded("xml", _xml(text[element:]), before=text[:element])
    return None


def _json(text: str) -> Any:
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise UndecodableError("json", "this is no complete JSON") from None
    if end != len(text):
        raise UndecodableError("json", "this is no complete JSON")
    return without_halves(value, text)


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
    found = _FORM.search(stripped) if "=" in stripped and "&" in stripped else None
    return _pairs(found[0]) if found else None


# XML


def _xml(text: str) -> Any:
    return [element_value(element) for element in xml_records(text)]


def xml_records(text: str) -> list[ElementTree.Element]:
    """The records of an XML document: the topmost elements that have a value of their own directly below them, or attributes and nothing below.

    Raises `UndecodableError` for a document that is not well-formed or declares a type or entities of its own (none of which a report needs).
    """
    if _DECLARED.search(text):
        raise UndecodableError("xml", "XML with a document type or entities of its own is not read")
    try:
        root = ElementTree.fromstring(text)  # entities are refused above
    except (ElementTree.ParseError, ValueError):
        raise UndecodableError("xml", "this is no complete XML document") from None
    found = list(_records_below(root, 0))
    return found or [root]


def _records_below(element: ElementTree.Element, depth: int) -> Iterator[ElementTree.Element]:
    if any(len(child) == 0 and (child.text or "").strip() for child in element) or (depth and len(element) == 0 and element.attrib):
        yield element
    elif depth < DEPTH:
        for child in element:
            yield from _records_below(child, depth + 1)


def element_value(element: ElementTree.Element) -> dict[str, Any]:
    """Names without namespace to texts; several children of one name become a list, attributes stand beside the children."""
    value: dict[str, Any] = {name: text for written, text in element.attrib.items() if (name := _local(written)) not in ("nil", "type")}
    for child in element:
        inner: Any = element_value(child) if len(child) or set(map(_local, child.attrib)) - {"nil", "type"} else (child.text or "").strip()
        name = _local(child.tag)
        if name in value:
            earlier = value[name]
            value[name] = [*earlier, inner] if isinstance(earlier, list) else [earlier, inner]
        else:
            value[name] = inner
    if len(element) == 0 and (element.text or "").strip():
        value["text()"] = (element.text or "").strip()
    return value


def is_plain_xml(text: str, value: dict[str, Any]) -> bool:
    """Whether a document holds nothing but its elements' texts: no comment, no instruction, no attribute, no text between elements."""
    if "<!" in text or _INSTRUCTION.search(text) is not None or _ATTRIBUTE.search(text) is not None:
        return False
    shown = "".join(unescape(_TAG.sub("", text)).split())
    return len(shown) == sum(len("".join(one.split())) for one in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _local(name: str) -> str:
    return _XML_NAMESPACE.sub("", str(name))
