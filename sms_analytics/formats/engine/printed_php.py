"""Arrays and objects as PHP prints them: `print_r`, `var_export` and `var_dump`."""

import re
from typing import Final

_DEPTH: Final = 16
_OPENS: Final = re.compile(r"(?:\b[Aa]rray|[\w\\]+ Object|\b(?:array|object)\([^()]*\)(?:#\d+ \(\d+\))?)\s*([({])")
_KEY: Final = re.compile(r"\s*(?:\[\"?([^\]\"\n]{1,100})\"?(?::[^\]\n]*)?\]|'((?:[^'\\\n]|\\.)*)'|(\d+))\s*=>\s*")
_QUOTED: Final = re.compile(r"(?:string\(\d+\) )?(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")\s*,?")
_SCALAR: Final = re.compile(r"(?:int|float|bool)\(([^()]*)\)|(NULL)\s*,?")
#: What `print_r` writes without quotes goes on to the next key or to the closing bracket.
_BARE: Final = re.compile(r"(.*?),?(?=\s*(?:\[[^\]\n]{1,100}\] =>|'[^'\n]*' =>|\)\s*(?:\n|$)))", re.DOTALL)
_CLOSES: Final = re.compile(r"\s*[)}],?")

#: A line at whose end an array is opened, and lines that open and close one.
BEGINS: Final = re.compile(r"(?:^|[\s:=>\]])(?:Array|array \(|array\(|[\w\\]+ Object(?:\s*\()?)\s*$")
OPENING_LINE: Final = re.compile(r"^\s*\($|\barray ?\(\s*$")
CLOSING_LINE: Final = re.compile(r"^\s*\)[,;]?\s*$")

Value = str | dict[str, "Value"]


def begin(text: str) -> int | None:
    """Where in a text an array begins whose first key follows."""
    found = next((one for one in _OPENS.finditer(text) if _KEY.match(text, one.end())), None)
    return found.start() if found else None


def read(text: str) -> dict[str, Value] | None:
    """The array that the text begins with; none for any other text."""
    opened = _OPENS.match(text)
    try:
        return _pairs(text, opened.end(), 0)[0] if opened else None
    except ValueError:
        return None


def _pairs(text: str, position: int, depth: int) -> tuple[dict[str, Value], int]:
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    pairs: dict[str, Value] = {}
    while (key := _KEY.match(text, position)) is not None:
        name = next(group for group in key.groups() if group is not None)
        pairs[name], position = _value(text, key.end(), depth)
    closed = _CLOSES.match(text, position)
    if closed is None:
        raise ValueError("an array that does not close")
    return pairs, closed.end()


def _value(text: str, position: int, depth: int) -> tuple[Value, int]:
    if (opened := _OPENS.match(text, position)) is not None:
        return _pairs(text, opened.end(), depth + 1)
    if (quoted := _QUOTED.match(text, position)) is not None:
        written = quoted[1] if quoted[1] is not None else quoted[2]
        return re.sub(r"\\(.)", r"\1", written), quoted.end()
    if (scalar := _SCALAR.match(text, position)) is not None:
        return scalar[1] or "", scalar.end()
    bare = _BARE.match(text, position)
    if bare is None:
        raise ValueError("a value that does not end")
    return bare[1].strip(), bare.end()
