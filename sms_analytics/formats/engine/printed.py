"""Objects as programs print them: node's `util.inspect`, Python's `repr` and `pprint`. Like JSON, but with names, quotes and words of their own."""

import re
from typing import Any, Final

#: An object that is nested more deeply was not printed for people.
_DEPTH: Final = 32

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)
    | [bBrRuU]?(?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|`(?P<tick>(?:[^`\\]|\\.)*)`)
    | (?P<proto>\[(?:Object:\ null\ prototype|Function[^\[\]]*|class\ [^\[\]]*|Getter[^\[\]]*|Circular[^\[\]]*|Symbol[^\[\]]*)\])
    | (?P<angle><[^<>]*>)
    | (?P<sign>=>|[{}\[\](),:+=])
    | (?P<word>[^\s{}\[\](),:'"`<>=+]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final[dict[str, Any]] = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None, "undefined": None}
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}
_ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}


def read(text: str) -> Any:
    """The value that the text is. Raises `ValueError` where it is none, or where anything stands behind it."""
    reader = _Reader(text)
    value = reader.value(0)
    if reader.kind:
        raise ValueError("something stands behind the object")
    return value


class _Reader:
    """One text, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip()
        self._place = 0
        self.kind = ""
        self.token = ""
        self._next()

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._place)
        if found is None or found.lastgroup is None:
            if self._place < len(self._text):
                raise ValueError("no printed object")
            self.kind = self.token = ""
            return
        self._place = found.end()
        self.kind, self.token = found.lastgroup, found[found.lastgroup]

    def _is(self, sign: str) -> bool:
        return self.kind == "sign" and self.token == sign

    def _is_text(self) -> bool:
        return self.kind in ("single", "double", "tick")

    def value(self, depth: int) -> Any:
        if depth > _DEPTH:
            raise ValueError("nested too deeply")
        if self._is_text():
            return self._joined_text()
        if self.kind == "sign" and self.token in _CLOSING:
            return self._inside(depth)
        if self.kind == "proto":
            self._next()
            return self._inside(depth) if self._is("{") else None
        if self.kind in ("angle", "time"):
            written = self.token
            self._next()
            return written
        if self.kind == "word" or self._is("+"):
            return self._words(depth)
        raise ValueError("no printed value")

    def _inside(self, depth: int) -> Any:
        return self._object(depth) if self.token == "{" else self._list(depth)

    def _joined_text(self) -> str:
        """A text, with those that node adds to it by `+` and Python puts behind it."""
        pieces = []
        while self._is_text():
            pieces.append(_unescaped(self.token))
            self._next()
            if self._is("+"):
                self._next()
        return "".join(pieces)

    def _words(self, depth: int) -> Any:
        """A number, a constant, a class in front of its object, a call, or words as they stand."""
        words = []
        while self.kind == "word" or self._is("+"):
            words.append(self.token)
            self._next()
        written = " ".join(words).replace("+ ", "+")
        if self._is("("):
            inner = self._list(depth)
            written = f"{written}({inner})" if not self._is("{") else written
        if self._is("{") or self._is("["):
            return self._inside(depth)
        return _WORDS[written] if written in _WORDS else _number(written)

    def _list(self, depth: int) -> Any:
        """The elements; one text in round brackets is the text."""
        opening = self.token
        self._next()
        values = []
        while not self._is(_CLOSING[opening]):
            if not self.kind:
                raise ValueError("a list that does not close")
            if self._is(",") or self._is(":") or self._is("="):
                self._next()
                continue
            values.append(self.value(depth + 1))
        self._next()
        return values[0] if opening == "(" and len(values) == 1 and isinstance(values[0], str) else values

    def _object(self, depth: int) -> Any:
        self._next()
        pairs: dict[str, Any] = {}
        while not self._is("}"):
            if self._is(","):
                self._next()
                continue
            key = self._key()
            if not (self._is(":") or self._is("=>") or self._is("=")):
                raise ValueError("a name without a value")
            self._next()
            pairs[key] = self.value(depth + 1)
        self._next()
        return pairs

    def _key(self) -> str:
        if not (self._is_text() or self.kind in ("word", "proto")):
            raise ValueError("no name")
        key = _unescaped(self.token)
        self._next()
        return key


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)) if found[1] or found[2] else _ESCAPED.get(found[3], found[3]), text)


def _number(text: str) -> Any:
    """The number as it is written; any other text as it stands."""
    return int(text) if re.fullmatch(r"-?(?:0|[1-9]\d{0,17})", text) else text
