"""What of a payload's fields is kept: those that its description or the configuration names, and what is harmless in any field; all else is masked.

A list of keys to hide was tried and let three of five texts through, under names that nobody had thought of.
"""

import json
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

from sms_analytics.events.readings import MASK
from sms_analytics.formats.engine.decoding import embedded
from sms_analytics.formats.engine.description import Fields, Payload
from sms_analytics.formats.engine.finding import OWN_TIME_KEYS, need_paths
from sms_analytics.formats.engine.harmless import is_harmless
from sms_analytics.formats.engine.hidden_keys import HIDDEN_KEYS

#: Roles are remembered per path, plans per set of keys; records with ever new keys must not fill the memory.
_MOST_ROLES: Final = 10_000
_MOST_PLANS: Final = 1_000
_MOST_KEYS: Final = 100
_KNOWN, _EXTRA, _HIDDEN, _TIME = 0, 1, 2, 3
#: A longer key is a text.
_LONGEST_KEY: Final = 80
#: Elements of lists that are pairs by themselves: `[{"key": "destination", "value": "+47..."}]`.
_PAIR: Final = ("name", "value")
_PAIR_NAMES: Final = ("key", "name", "Key", "Name")
_PAIR_VALUES: Final = ("value", "Value")


class Plan(NamedTuple):
    """What becomes of the fields of records with the same keys: these may be kept in `extra`, and whether anything must be masked."""

    extra: tuple[str, ...]
    hides: bool
    #: Times that one's own program added to the payload; the first one counts.
    times: tuple[str, ...]
    own_time: str | None


def _bare(path: str) -> str:
    """The path without the numbers of list elements."""
    if not any(sign.isdigit() for sign in path):
        return path
    return ".".join(step for step in path.split(".") if not step.isdigit())


class _Way(NamedTuple):
    """What becomes of the values of one key at one place, by its name alone."""

    #: The key as it is kept.
    key: str
    #: All that is below it is hidden; it is hidden itself, also where it is a step of a longer path; its text is kept whatever it is.
    hides_below: bool
    is_hidden: bool
    is_hidden_step: bool
    is_known: bool


class KeptFields:
    """What is kept of the fields of one payload kind, and how. `keep`: paths without a column that are kept."""

    def __init__(self, payload: Payload, keep: frozenset[str] = frozenset(), *, any_case: bool = False) -> None:
        self.payload = payload
        self.keep = keep
        self._fold = str.lower if any_case else str
        written = [path for paths in payload.columns.values() for path in ([paths] if isinstance(paths, str) else paths)]
        named = [path for path in written if not path.startswith("=")]
        # A need that names its values is no text; one that asks whether a text is there does not show it.
        compared = [path for need in payload.needs if "=" in need.partition("~")[0] for path in need_paths(need)]
        self.mapped = frozenset([*named, *compared])
        own = {path.lower() for path in payload.hidden} | set(payload.hidden)
        # A text key that is mapped holds something else; one that is named as text stays text, also where a need looks at it.
        self.hidden = (HIDDEN_KEYS - {path.lower().rpartition(".")[2] for path in (*self.mapped, *keep)}) | own
        asked = {path for need in payload.needs for path in need_paths(need) if path.lower().rpartition(".")[2] not in self.hidden}
        self.known = (self.mapped | asked | set(payload.ignored) | keep) - own
        #: One of several paths being there tells nothing of what it holds.
        alternatives = {path for need in payload.needs if len(paths := need_paths(need)) > 1 for path in paths}
        self._not_extra = frozenset(payload.ignored) | self.mapped | (asked - alternatives)
        self._bare_known = frozenset(self._fold(_bare(path)) for path in self.known)
        #: Below these everything is hidden: `parameters.*`.
        self.hidden_prefixes = tuple(path.removesuffix("*") for path in payload.hidden if path.endswith(".*"))
        self.hidden_parents = frozenset(path.rstrip(".").lower().rpartition(".")[2] for path in self.hidden_prefixes)
        self._roles: dict[str, int] = {}
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._ways: dict[tuple[str, str], _Way] = {}

    def role(self, path: str) -> int:
        """Whether a field is known (or asked for), hidden, extra, or a time that was added."""
        found = self._roles.get(path)
        if found is None:
            found = self._role(path)
            if len(self._roles) < _MOST_ROLES:
                self._roles[path] = found
        return found

    def _role(self, path: str) -> int:
        if self.is_known(path):
            return _KNOWN
        if path.lower() in OWN_TIME_KEYS:
            return _TIME
        if any(_kept_key(step) is MASK for step in path.split(".")):
            return _HIDDEN
        last = path.lower().rpartition(".")[2]
        return _HIDDEN if last in self.hidden or path in self.hidden or path.startswith(self.hidden_prefixes) else _EXTRA

    def is_known(self, path: str) -> bool:
        """Whether what stands there may be kept whatever it is."""
        return path in self.known or self._fold(_bare(path)) in self._bare_known

    def is_hidden(self, path: str, key: str) -> bool:
        return key.lower() in self.hidden or path in self.hidden

    def plan(self, fields: Fields) -> Plan:
        """What to do with these fields, by their paths alone."""
        paths = tuple(fields)
        found = self._plans.get(paths)
        if found is None:
            roles = [(path, self.role(path)) for path in paths]
            extra = tuple(path for path, role in roles if role == _EXTRA or (role == _KNOWN and not self._is_left_out_of_extra(path)))
            times = tuple(path for path, role in roles if role == _TIME)
            own_time = next((path for path in paths if path not in self.mapped and path.lower() in OWN_TIME_KEYS), None)
            found = Plan(extra, any(role == _HIDDEN for _, role in roles), times, own_time)
            if len(self._plans) < _MOST_PLANS and len(paths) <= _MOST_KEYS:
                self._plans[paths] = found
        return found

    def _is_left_out_of_extra(self, path: str) -> bool:
        """Whether a known field stands in a column, or is not worth keeping in `extra`."""
        return path in self._not_extra or path.lower() in OWN_TIME_KEYS or _bare(path) in self._not_extra

    def sorted_out(self, fields: Fields, plan: Plan) -> tuple[dict[str, str], bool]:
        """The fields that have no column, masked where nothing is known of them, and whether anything of the record must be masked."""
        extra: dict[str, str] = {}
        dirty = plan.hides or any(not is_harmless(fields[path]) for path in plan.times)
        for path in plan.extra:
            text = fields[path]
            if is_harmless(text) or self.role(path) == _KNOWN:
                extra[path] = text
            else:
                extra[path] = MASK
                dirty = True
        return extra, dirty

    def is_dirty(self, fields: Fields) -> bool:
        """Whether anything of these fields must be masked."""
        return self.sorted_out(fields, self.plan(fields))[1]

    # The record as it is kept

    def raw(self, root: Any) -> Any:
        """A payload with everything masked that may not be kept."""
        return self._kept(root, "")

    def enveloped(self, value: Any, root: Any) -> Any:
        """A record whose payload lies inside an envelope, or inside a text in it: of the envelope only what is harmless."""
        return self._around(value, root)[0]

    def query(self, written: str) -> str:
        """Encoded pairs, those masked that may not be kept. What has no `=` is the rest of a text with an `&` in it."""
        return "&".join(self._piece(piece) for piece in written.split("&"))

    def _piece(self, piece: str) -> str:
        key, sign, value = piece.partition("=")
        if not sign:
            return piece if is_harmless(piece) else MASK
        path = unquote_plus(key)
        return piece if not value or self._may_keep(path, path, unquote_plus(value)) else f"{_kept_key(key)}={MASK}"

    def _may_keep(self, path: str, key: str, text: str) -> bool:
        if self.is_known(path) and not self.is_hidden(path, key):
            return True
        return is_harmless(text) and not self.is_hidden(path, key)

    def _kept(self, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            if self._is_known_pair(value, path):
                return value
            return self._kept_pairs(value, path)
        if isinstance(value, list):
            return [self._inside(inner, f"{path}{number}") for number, inner in enumerate(value)]
        return value

    def _is_known_pair(self, value: dict[str, Any], path: str) -> bool:
        """Whether an element of a list is a name and its value, such as `{"key": "destination", "value": "+47..."}`, under a known path."""
        if len(value) != len(_PAIR) or not path:
            return False
        name = next((value[key] for key in _PAIR_NAMES if isinstance(value.get(key), str)), None)
        there = any(isinstance(value.get(key), str) for key in _PAIR_VALUES)
        return name is not None and there and self.is_known(f"{_bare(path.rstrip('.'))}.{name}".lstrip("."))

    def _kept_pairs(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, inner in value.items():
            way = self._ways.get((path, key)) or self._way(path, key)
            kind = type(inner)
            if kind is str:
                hides = way.is_hidden or way.is_hidden_step
                kept[way.key] = inner if not inner or (not hides and (way.is_known or is_harmless(inner))) else MASK
            elif kind is dict or kind is list:
                is_masked = way.hides_below or (way.is_hidden and kind is list)
                kept[way.key] = MASK if is_masked else self._kept(inner, f"{path}{key}.")
            else:
                kept[way.key] = inner if inner is None or not (way.is_hidden or way.is_hidden_step) else MASK
        return kept

    def _way(self, path: str, key: str) -> _Way:
        whole = f"{path}{key}"
        last = whole.rpartition(".")[2]
        below = key.lower() in self.hidden_parents
        found = _Way(_kept_key(key), below, self.is_hidden(whole, key), self.is_hidden(whole, last), self.is_known(whole))
        if len(self._ways) < _MOST_ROLES:
            self._ways[path, key] = found
        return found

    def _inside(self, value: Any, path: str) -> Any:
        if isinstance(value, dict | list):
            return self._kept(value, f"{path}.")
        last = path.rpartition(".")[2]
        if self.is_hidden(path, last):
            return value if value in (None, "") else MASK
        return value if not isinstance(value, str) or self.is_known(path) or is_harmless(value) else MASK

    def is_plain_around(self, value: Any, root: Any) -> bool:
        """Whether a record holds this very payload, and nothing outside it is masked."""
        found, plain = _outside_is_plain("", value, root)
        return found and plain

    def _around(self, value: Any, root: Any) -> tuple[Any, bool]:
        """The value as it is kept, and whether the payload lies in it."""
        if value is root or value == root:
            return self.raw(root), True
        if isinstance(value, dict):
            pairs = {key: self._around(inner, root) for key, inner in value.items()}
            found = any(there for _, there in pairs.values())
            masked = {_kept_key(key): inner if there else _outside(key, value[key]) for key, (inner, there) in pairs.items()}
            return masked, found
        if isinstance(value, list):
            both = [self._around(inner, root) for inner in value]
            return [inner if there else _outside("", value[index]) for index, (inner, there) in enumerate(both)], any(there for _, there in both)
        return self._in_text(value, root) if isinstance(value, str) else (value, False)

    def _in_text(self, text: str, root: Any) -> tuple[Any, bool]:
        inner = embedded(text) if len(text) > 2 and ("{" in text or "[" in text or "=" in text) else None
        if inner is None:
            return text, False
        masked, found = self._around(inner, root)
        if not found:
            return text, False
        if isinstance(masked, dict) and text.lstrip()[:1] not in ("{", "["):
            return "&".join(f"{key}={_encoded(value)}" for key, value in masked.items()), True
        return json.dumps(masked, ensure_ascii=False), True


def _encoded(value: Any) -> str:
    return str(value).replace("%", "%25").replace("&", "%26").replace("+", "%2B").replace(" ", "+").replace("=", "%3D")


def _kept_key(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY and "\n" not in key else MASK


def _outside_is_plain(key: str, value: Any, root: Any) -> tuple[bool, bool]:
    """Whether the payload lies in a part of an envelope, and whether all else of that part is kept as it is."""
    if value is root:
        return True, True
    if isinstance(value, dict):
        parts = [_outside_is_plain(name, inner, root) for name, inner in value.items()]
        return any(there for there, _ in parts), all(plain for _, plain in parts) and all(_kept_key(name) is name for name in value)
    if isinstance(value, list):
        parts = [_outside_is_plain(key, inner, root) for inner in value]
        return any(there for there, _ in parts), all(plain for _, plain in parts)
    return False, _outside(key, value) is value


def _outside(key: str, value: Any) -> Any:
    """A part of an envelope: what is harmless."""
    if isinstance(value, dict):
        return {_kept_key(name): _outside(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_outside(key, inner) for inner in value]
    if key.lower() in HIDDEN_KEYS:
        return value if value in (None, "") else MASK
    return value if not isinstance(value, str) or is_harmless(value) else MASK
