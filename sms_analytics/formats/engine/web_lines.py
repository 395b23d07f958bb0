"""Lines of web servers and load balancers: the request's pairs, the body where it is logged, the answer, and the line's own time.

nginx and Apache (common, combined, with `$request_body`), HAProxy (with captures), IIS. What is in the payload is not looked at here.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

#: A request in an access log of nginx or Apache, and its answer.
_REQUEST: Final = re.compile(r'"(GET|POST|PUT|HEAD|PATCH) (\S*)(?: HTTP/[\d.]+)?" (\d{3})(?!\d)')
#: A request in a log of HAProxy: its answer stands in front, what was captured between counters and request.
_HAPROXY: Final = re.compile(
    r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\] \S+ \S+ [\d/+\-]+ (\d{3}) [\d+]+ \S+ \S+ \S+ [\d/+]+ [\d/]+ "
    r'(.*?)"(GET|POST|PUT|HEAD|PATCH) ([^\s"]*)[^"]*"?\s*$'
)
#: A request in a W3C log of IIS: time in UTC, method, path and query side by side; the answer's three numbers follow later.
_IIS: Final = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:\S+ ){0,3}(?:GET|POST|PUT|HEAD) /\S* (-|[^\s<>{}\"=]+=[^\s<>{}\"]*) .* (\d{3}) \d{1,5} \d+(?:\s|$)"
)
#: A request in a log of CloudFront: tabs, time in UTC, the query behind the browser.
_CLOUDFRONT: Final = re.compile(
    r"^(\d{4}-\d\d-\d\d)\t(\d\d:\d\d:\d\d)\t\S+\t\d+\t\S+\t(?:GET|POST|PUT|HEAD)\t\S+\t\S+\t(\d{3})\t\S*\t\S*\t(\S+)(?:\t|$)"
)
_IIS_COMMENT: Final = re.compile(r"^#(?:Software|Version|Date|Fields|Remark|Start-Date|End-Date): ")
_TIME: Final = re.compile(r"\[\d\d/[A-Z][a-z]{2}/\d{4}[: ]\d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})?\]")

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_HEXADECIMAL: Final = re.compile(r"\\x([0-9A-Fa-f]{2})")
_HASHED: Final = re.compile(r"#([0-9A-F]{2})")
_ESCAPED: Final = re.compile(r"\\([\"\\/nrt])")
_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t"}
_KEY: Final = r"[\w.\-\[\]%$@+]"
_FORM: Final = re.compile(rf"{_KEY}+=[^\s&]*(?:&{_KEY}*=?[^\s&]*)*")
_PAIR: Final = re.compile(rf"(?<!{_KEY}){_KEY}+=")
_WORD: Final = re.compile(r"[^\s\"']+")


class Request(NamedTuple):
    """One line: its query, its body where the log has it, the answer, and its time (as it stands, or in UTC)."""

    query: str = ""
    body: str | None = None
    answer: str | None = None
    time: str = ""
    utc: str | None = None
    comment: bool = False


def read(line: str) -> Request | None:
    """The request that the line is about; none for a line of any other log."""
    if (found := _REQUEST.search(line)) is not None:
        body = _body(_quoted(line[found.end() :])) if found[1] in ("POST", "PUT", "PATCH") else None
        return Request(found[2].partition("?")[2], body, found[3], _time(line))
    if (haproxy := _HAPROXY.search(line)) is not None:
        return Request(haproxy[4].partition("?")[2], _body(_captured(haproxy[2])), haproxy[1], _time(line))
    if (found := _IIS.match(line)) is not None:
        return Request("" if found[2] == "-" else found[2], None, found[3], utc=found[1])
    if (found := _CLOUDFRONT.match(line)) is not None:
        return Request("" if found[4] == "-" else found[4], None, found[3], utc=f"{found[1]} {found[2]}")
    return Request(comment=True) if _IIS_COMMENT.match(line) else None


def _time(line: str) -> str:
    found = _TIME.search(line)
    return found[0] if found else ""


def _quoted(rest: str) -> Iterator[str]:
    """What may be a body behind a request: JSON as it was sent, else what stands in quotes, without its escapes."""
    start, end = rest.find('{"'), rest.rfind("}")
    if 0 <= start < end:
        yield rest[start : end + 1]
        return
    for found in _QUOTED.finditer(rest):
        text = _HEXADECIMAL.sub(lambda code: chr(int(code[1], 16)), found[1])
        yield _ESCAPED.sub(lambda sign: _LETTERS.get(sign[1], sign[1]), text) if text == found[1] else text


def _captured(text: str) -> Iterator[str]:
    """HAProxy's captures, one by one and together: a bar stands between them, and may stand in one."""
    inner = text.strip().removeprefix("{").removesuffix("}")
    for piece in (*inner.replace("} {", "|").split("|"), inner):
        yield _HASHED.sub(lambda code: chr(int(code[1], 16)), piece)


def _body(candidates: Iterator[str]) -> str | None:
    """The first of them that is a payload: JSON, XML, or pairs (and no address, which has pairs too)."""
    for text in candidates:
        stripped = text.strip()
        if stripped[:1] in ("{", "[", "<") and len(stripped) > 2:
            return stripped
        if "=" in stripped and "://" not in stripped.partition("=")[0] and _FORM.fullmatch(stripped):
            return stripped
    return None


def form(text: str) -> tuple[int, int] | None:
    """From where to where two encoded pairs or more stand in a text; each sign is looked at a fixed number of times."""
    for word in _WORD.finditer(text):
        start = word.start()
        while (end := text.find("&", start, word.end())) >= 0:
            if (found := _PAIR.search(text, start, end)) is not None:
                return found.start(), word.end()
            start = end + 1
    return None
