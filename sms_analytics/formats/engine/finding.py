"""Where in a decoded record a vendor's payload lies, whatever envelopes stand around it, and its fields as one flat mapping."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from sms_analytics.events.readings import MASK
from sms_analytics.formats.engine.decoding import embedded
from sms_analytics.formats.engine.description import Description, Fields, Payload
from sms_analytics.formats.engine.undecodable import DEPTH

#: Keys (lower case) of an envelope that may hold the time at which the record was received or logged; the first one that is there counts.
TIME_KEYS: Final = (
    "received",
    "received_at",
    "receivedat",
    "logged",
    "logged_at",
    "loggedat",
    "@timestamp",
    "timestamp",
    "time",
    "ts",
    "datetime",
    "eventtime",
    "date",
    "time_local",
    "time_iso8601",
    "starttime",
    "startutc",
    "created",
    "created_at",
    "publishtime",
)
#: Of these, those that one's own program adds to a vendor's payload: no vendor's.
OWN_TIME_KEYS: Final = ("received", "received_at", "receivedat", "logged", "logged_at", "loggedat", "@timestamp", "_received", "log_time")

#: Spellings are remembered per path, payloads per set of keys; records with ever new keys must not fill the memory.
_MOST_PATHS: Final = 10_000
_MOST_CHOICES: Final = 1_000
_MOST_KEYS: Final = 100
_SEPARATOR: Final = re.compile(r"\s*[,;]\s*")
_NEED: Final = re.compile(r"(!?)([^=~]+)(?:(=|~)(.*))?", re.DOTALL)


class Found(NamedTuple):
    """One payload of a record: which of the description's, its fields, and the time that its envelope states.

    `broken`: it lacks something that its payload needs, while others of the same list are whole.
    """

    number: int
    fields: Fields
    time: str | None = None
    root: Any = None
    broken: bool = False


def flat(value: dict[str, Any], into: Fields, prefix: str = "", depth: int = 0) -> Fields:
    """The mapping's values under their paths, as texts; empty ones left out, what lies too deep masked."""
    for key, inner in value.items():
        kind = type(inner)
        if kind is str:
            if inner:
                into[prefix + key] = inner
        elif kind is dict or kind is list:
            if depth < DEPTH:
                members = inner if kind is dict else {str(number): element for number, element in enumerate(inner)}
                flat(members, into, f"{prefix}{key}.", depth + 1)
            elif inner:
                into[prefix + key] = MASK
        elif kind is int:
            into[prefix + key] = str(inner)
        elif inner is not None:
            into[prefix + key] = _text(inner)
    return into


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def need_paths(need: str) -> tuple[str, ...]:
    """The path that a need is about, or those of which it wants one."""
    found = _NEED.fullmatch(need)
    return tuple((found[2] if found else need).split("|"))


def _test(need: str) -> Callable[[Fields], bool]:
    found = _NEED.fullmatch(need)
    assert found is not None
    absent, written, sign, wanted = found.groups()
    if "|" in written:
        tests = [_test(f"{path}{sign or ''}{wanted or ''}") for path in written.split("|")]
        return lambda fields: any(test(fields) for test in tests) != bool(absent)
    if absent and sign:
        holds = _test(need.removeprefix("!"))
        return lambda fields: not holds(fields)
    if absent:
        return lambda fields: written not in fields
    if sign == "=":
        values = frozenset(wanted.split("|"))
        return lambda fields: fields.get(written) in values
    if sign == "~":
        pattern = re.compile(wanted)
        return lambda fields: written in fields and pattern.search(fields[written]) is not None
    return lambda fields: written in fields


def _asks_value(need: str) -> bool:
    """Whether a need is about what a path holds, not only whether it is there."""
    found = _NEED.fullmatch(need)
    return found is not None and found[3] is not None


#: The number of a payload, and what must be true of a record's values for it to be this one.
_Choice = tuple[int, tuple[Callable[[Fields], bool], ...]]


class _Spelling:
    """Paths in any letter case to the description's own spelling; what it does not name stays as written."""

    def __init__(self, paths: Iterable[str]) -> None:
        #: A step in lower case behind those before it (numbers left out) to the step as the description writes it.
        self._steps: dict[str, str] = {}
        self._known: dict[str, str] = {}
        for path in paths:
            passed = ""
            for step in path.split("."):
                if not step.isdigit():
                    passed += f".{step.lower()}"
                    if self._steps.setdefault(passed, step) != step:
                        raise ValueError(f"{path}: {step} is written in two ways in one description that takes keys in any letter case")

    def spelled(self, fields: Fields) -> Fields:
        return {self._path(path): text for path, text in fields.items()}

    def _path(self, written: str) -> str:
        found = self._known.get(written)
        if found is None:
            found = self._by_steps(written)
            if len(self._known) < _MOST_PATHS:
                self._known[written] = found
        return found

    def _by_steps(self, written: str) -> str:
        passed, steps = "", []
        for step in written.split("."):
            if not step.isdigit():
                passed += f".{step.lower()}"
            steps.append(step if step.isdigit() else self._steps.get(passed, step))
        return ".".join(steps)


class Finder:
    """Finds the payloads of one description."""

    def __init__(self, description: Description) -> None:
        self._payloads = description.payloads
        self._spelling = _Spelling(_paths(description)) if description.any_case else None
        self._tests = [[(need, _test(need)) for need in payload.needs] for payload in description.payloads]
        self._choices: dict[tuple[str, ...], tuple[_Choice, ...]] = {}

    def spelled(self, fields: Fields) -> Fields:
        """The fields under the description's own names, where it takes them in any letter case."""
        return self._spelling.spelled(fields) if self._spelling else fields

    def _flat(self, value: dict[str, Any]) -> Fields:
        return self.spelled(flat(value, {}))

    def which(self, fields: Fields) -> int | None:
        """The number of the first payload whose needs these fields meet."""
        paths = tuple(fields)
        choices = self._choices.get(paths)
        if choices is None:
            choices = self._chosen(fields)
            if len(self._choices) < _MOST_CHOICES and len(paths) <= _MOST_KEYS:
                self._choices[paths] = choices
        for number, tests in choices:
            for test in tests:
                if not test(fields):
                    break
            else:
                return number
        return None

    def _chosen(self, fields: Fields) -> tuple[_Choice, ...]:
        """What is left to be asked of records with these keys: the payloads that they can be, with their questions about values."""
        return tuple(
            (number, tuple(test for need, test in tests if _asks_value(need)))
            for number, tests in enumerate(self._tests)
            if all(_asks_value(need) or test(fields) for need, test in tests)
        )

    def find(self, value: Any) -> list[Found]:
        """The payloads in a record's value: itself, else those inside its envelopes; none where all of them are broken."""
        if type(value) is dict:
            fields = self._flat(value)
            number = self.which(fields)
            found = list(self._below(value, None, 0)) if number is None else [Found(number, fields, None, value)]
        else:
            found = list(self._walk(value, None, 0))
        return [] if all(one.broken for one in found) else found

    def _walk(self, value: Any, time: str | None, depth: int) -> Iterator[Found]:
        if isinstance(value, list):
            for inner in value:
                found = list(self._walk(inner, time, depth))
                yield from found or ([] if len(value) == 1 else self._broken(inner, time))
        elif isinstance(value, dict):
            fields = self._flat(value)
            number = self.which(fields)
            if number is not None:
                yield Found(number, fields, time, value)
            else:
                yield from self._below(value, time, depth)
        elif isinstance(value, str) and depth and (inner := embedded(value)) is not None:
            yield from self._walk(inner, time, depth + 1)

    def _below(self, value: dict[str, Any], time: str | None, depth: int) -> Iterator[Found]:
        """The payloads in an envelope."""
        if depth < DEPTH:
            record_time = _time_of(value) or time
            for inner in value.values():
                # What is neither holds none, and most of an envelope is text.
                if isinstance(inner, dict | list | str):
                    yield from self._walk(inner, record_time, depth + 1)

    def _broken(self, value: Any, time: str | None) -> Iterator[Found]:
        if isinstance(value, dict):
            fields = self._flat(value)
            near = self._nearest(fields)
            if near is not None:
                yield Found(near, fields, time, value, broken=True)

    def missing(self, value: Any, depth: int = 0) -> str | None:
        """What a record lacks that names one of the vendor's messages and has no payload; none for a record of somebody else."""
        if isinstance(value, str):
            value = embedded(value) if depth else None
        if isinstance(value, dict):
            fields = self._flat(value)
            near = self._nearest(fields)
            if near is not None:
                return next((need_paths(need)[0] for need, test in self._tests[near] if not test(fields)), None)
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return next((lack for one in inner if depth < DEPTH and (lack := self.missing(one, depth + 1)) is not None), None)

    def unmet(self, value: Any, depth: int = 0) -> list[str] | None:
        """The needs that the payload lacks which this record comes nearest to; none where it meets nothing of any."""
        if isinstance(value, str):
            value = embedded(value) if depth else None
        found = [self._lacking(number, self._flat(value)) for number in range(len(self._tests))] if isinstance(value, dict) else []
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        found += [self.unmet(one, depth + 1) for one in inner if depth < DEPTH]
        return min((lacks for lacks in found if lacks is not None), key=len, default=None)

    def _lacking(self, number: int, fields: Fields) -> list[str] | None:
        wanted = self._tests[number]
        lacks = [need for need, test in wanted if not test(fields)]
        met = any(test(fields) for need, test in wanted if not need.startswith("!"))
        return lacks if met and self._payloads[number].kind != "skip" else None

    def _nearest(self, fields: Fields) -> int | None:
        """The payload that a broken record was to be: of those whose message it names or that it has half of, the one that it lacks least of."""
        near = [number for number, payload in enumerate(self._payloads) if payload.kind != "skip" and self._is_near(number, fields)]
        return min(near, key=lambda number: sum(not test(fields) for _, test in self._tests[number]), default=None)

    def _is_near(self, number: int, fields: Fields) -> bool:
        wanted = [test for need, test in self._tests[number] if not need.startswith("!")]
        return _names_message(self._payloads[number], fields) or sum(test(fields) for test in wanted) * 2 >= len(wanted)


def _paths(description: Description) -> Iterator[str]:
    """All paths that a description names."""
    for payload in description.payloads:
        for need in payload.needs:
            yield from need_paths(need)
        for written in payload.columns.values():
            yield from (written,) if isinstance(written, str) else written
        yield from (*payload.each, *payload.hidden, *payload.ignored)
    yield from description.kept


def _names_message(payload: Payload, fields: Fields) -> bool:
    written = payload.columns.get("message_id", ())
    return any(path in fields for path in ((written,) if isinstance(written, str) else written))


def _time_of(value: dict[str, Any]) -> str | None:
    own = {str(key).lower(): inner for key, inner in value.items() if isinstance(inner, str | int | float)}
    return next((_text(own[key]) for key in TIME_KEYS if own.get(key)), None)


def expanded(fields: Fields, each: tuple[str, ...]) -> list[Fields]:
    """One mapping per element of the payload's list."""
    found = [fields]
    for path in each:
        found = [one for whole in found for one in _elements(whole, f"{path}.", path)]
    return found


def _elements(fields: Fields, prefix: str, path: str) -> list[Fields]:
    shared: Fields = {}
    groups: dict[str, Fields] = {}
    for key, text in fields.items():
        number, _, rest = key[len(prefix) :].partition(".") if key.startswith(prefix) else ("", "", "")
        if number.isdigit():
            groups.setdefault(number, {})[prefix + rest if rest else path] = text
        else:
            shared[key] = text
    return [shared | own for own in groups.values()] or [shared]


class UnevenListsError(ValueError):
    """Texts that list several messages side by side, with different numbers of them: `field` is the one that does not fit."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def singled(fields: Fields, lists: tuple[str, ...]) -> list[Fields]:
    """One mapping per message that these texts list side by side (`MsgId=a,b,c`, `to=1,2,3`); a text with one element holds for all.

    Raises `UnevenListsError` where two of them list different numbers of messages.
    """
    split = {path: _SEPARATOR.split(fields[path].strip(" ,;")) for path in lists if path in fields}
    leading = next(iter(split), None)
    number = len(split[leading]) if leading else 1
    if leading is None or all(len(elements) == 1 for elements in split.values()):
        return [fields]
    for path, elements in split.items():
        if len(elements) not in (1, number):
            raise UnevenListsError(path, f"{leading} lists {number} messages and {path} {len(elements)}: nobody can say which belong together")
    return [fields | {path: elements[index % len(elements)] for path, elements in split.items()} for index in range(number)]
