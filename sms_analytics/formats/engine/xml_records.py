"""XML documents as records: elements with values of their own, as plain values."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Final
from xml.etree import ElementTree

from sms_analytics.formats.engine.undecodable import DEPTH, UndecodableError

#: The key under which an XML record may have its element's name: some vendors tell by it alone what happened.
RECORD_NAME: Final = "name()"

#: Entities of its own, also where a document type may declare some. A document type alone is harmless: what it names is not fetched.
_DECLARED: Final = re.compile(r"<!ENTITY|<!DOCTYPE[^<>\[]*\[", re.IGNORECASE)
_INSTRUCTION: Final = re.compile(r"<\?(?!xml )")
_ATTRIBUTE: Final = re.compile(r"<[A-Za-z_][^<>\s]*\s+[^<>/\s]")
_TAG: Final = re.compile(r"<[^<>]*>")
_XML_NAMESPACE: Final = re.compile(r"^\{[^}]*\}")


def read(text: str, *, named: bool) -> list[dict[str, Any]]:
    """The values of a document's records; `named`: with the name of each one's element under `RECORD_NAME`. Raises `UndecodableError`."""
    return [({RECORD_NAME: _local(element.tag)} if named else {}) | element_value(element) for element in elements(text)]


def elements(text: str) -> list[ElementTree.Element]:
    """The records of an XML document: the topmost elements that have a value of their own directly below them, or attributes and nothing below.

    Raises `UndecodableError` for a document that is not well-formed or declares entities of its own (which no report needs).
    """
    if _DECLARED.search(text):
        raise UndecodableError("xml", "XML with entities of its own is not read")
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
