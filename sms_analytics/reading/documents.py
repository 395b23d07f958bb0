"""JSON and XML documents as records: the elements of an array or of an envelope, values one behind another, an XML document's records.

A JSON array and documents one behind another are read element by element; one single value, and one XML document, must fit into
`LARGEST_VALUE`: a larger one is refused with what to do, never half read.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

from sms_analytics.errors import InputError
from sms_analytics.formats.engine import xml_records
from sms_analytics.formats.engine.decoding import without_halves
from sms_analytics.formats.engine.undecodable import UndecodableError
from sms_analytics.reading.sources import Source

#: Characters of one JSON value or XML document that spans lines.
LARGEST_VALUE: Final = 16 * 1024 * 1024
_STEP: Final = 1 << 20

#: Lists in which documents carry their records.
ENVELOPES: Final = (
    "results",
    "dr",
    "messages",
    "items",
    "records",
    "Records",
    "reports",
    "deliveryReports",
    "delivery_reports",
    "logEvents",
    "events",
    "rows",
    "value",
    "data",
)

#: Reads one JSON value and says where it ends.
DECODER: Final = json.JSONDecoder()


def is_whole(source: Source) -> bool:
    """Whether the first value of the document is complete JSON."""
    try:
        json.loads(next(json_elements(source), ""))
    except (ValueError, RecursionError, InputError):
        return False
    return True


class _Text:
    """The decoded file as far as it was asked for; what was read is forgotten."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self._blocks = source.texts(size=_STEP)
        self.text = ""
        self.position = 0
        self.ended = False

    def more(self) -> bool:
        """Reads on; False at the end of the file, or where a value has grown too large to be one."""
        if self.ended or len(self.text) - self.position > LARGEST_VALUE:
            return False
        piece = next(self._blocks, None)
        if piece is None:
            self.ended = True
            return False
        self.text = self.text[self.position :] + piece
        self.position = 0
        return True

    def skip(self, signs: str) -> str:
        """Passes over these signs; the next one, empty at the end."""
        while True:
            while self.position < len(self.text) and self.text[self.position] in signs:
                self.position += 1
            if self.position < len(self.text):
                return self.text[self.position]
            if not self.more():
                return ""

    def too_large(self, what: str, advice: str) -> InputError:
        size = LARGEST_VALUE // 1024 // 1024
        return InputError(f"{self.path}: one {what} of more than {size} million characters; {advice}")


def json_elements(source: Source) -> Iterator[str]:
    """The values of the file, arrays one level deep taken apart, and documents that carry their records in a list."""
    text = _Text(source)
    while sign := text.skip(" \t\r\n,]\ufeff"):
        if sign == "[":
            text.position += 1
            continue
        yield from _json_value(text)


def _json_value(text: _Text) -> Iterator[str]:
    while True:
        try:
            value, end = DECODER.raw_decode(text.text, text.position)
        except (ValueError, RecursionError):
            if text.more():
                continue
            if not text.ended and _resync(text) is None:
                raise text.too_large("JSON value", "write its records as JSON lines, such as: jq -c '.results[]'") from None
            yield _broken(text)
            return
        written = text.text[text.position : end]
        text.position = end
        inner = unwrapped(without_halves(value, written))
        yield from [written] if inner is None else (json.dumps(one, ensure_ascii=False) for one in inner)
        return


def _resync(text: _Text) -> int | None:
    """Where behind a broken element the next one begins: a line that opens as it did."""
    start = text.text.rfind("\n", 0, text.position) + 1
    indent = text.text[start : text.position]
    found = re.compile(rf"\n{re.escape(indent) if indent.strip() == '' else ''}(?=\{{)").search(text.text, text.position + 1)
    return found.end() if found else None


def _broken(text: _Text) -> str:
    """A broken element, up to the next one."""
    end = _resync(text) or len(text.text)
    written = text.text[text.position : end].rstrip(" \t\r\n,")
    text.position = end
    return written


def unwrapped(value: Any, depth: int = 0) -> list[Any] | None:
    """The records in a document's envelope; none where the value is a record itself."""
    if not isinstance(value, dict) or depth > 2:
        return None
    for key in ENVELOPES:
        inner = value.get(key)
        if isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner):
            return inner
        if isinstance(inner, dict) and (found := unwrapped(inner, depth + 1)) is not None:
            return found
    return None


#: Where an XML document begins.
ROOT: Final = re.compile(r"<([A-Za-z_][\w:.\-]*)")


def xml_elements(source: Source) -> Iterator[str]:
    """The records of each document of the file; what stands between documents line by line."""
    text = _Text(source)
    while text.skip(" \t\r\n\ufeff"):
        if text.text[text.position] != "<":
            yield _line(text)
            continue
        document = _xml_document(text)
        try:
            found = xml_records.elements(document)
        except UndecodableError:
            yield document
            continue
        yield from [document] if len(found) == 1 else (ElementTree.tostring(element, encoding="unicode").strip() for element in found)


def _line(text: _Text) -> str:
    while (end := text.text.find("\n", text.position)) < 0 and text.more():
        pass
    end = end if end >= 0 else len(text.text)
    written = text.text[text.position : end].rstrip("\r")
    text.position = end
    return written


def _xml_document(text: _Text) -> str:
    """From here to the end of the root element, of a broken one to the next document."""
    while True:
        root = ROOT.search(text.text, text.position)
        end = end_of(text.text, root) if root else -1
        if end < 0 and text.more():
            continue
        if end < 0 and not text.ended:
            raise text.too_large("XML document", "split it, or ask the vendor for smaller ones")
        following = text.text.find("<?xml", text.position + 5)
        again = re.compile(rf"<{re.escape(root[1])}[\s>]").search(text.text, root.end()) if root else None
        next_one = min([start for start in (following, again.start() if again else -1) if start >= 0], default=len(text.text))
        if end < 0 or next_one < end:
            end = next_one
        written = text.text[text.position : end].strip()
        text.position = end
        return written


def end_of(text: str, root: re.Match[str]) -> int:
    closing = re.compile(rf"</{re.escape(root[1])}\s*>").search(text, root.end())
    if closing is not None:
        return closing.end()
    alone = re.compile(r"[^<>]*/>").match(text, root.end())
    return alone.end() if alone else -1
