"""What of a payload's fields is kept: those without a column in `extra`, message text and secrets masked wherever they stand."""

from typing import Any, Final, NamedTuple

from sms_analytics.formats.engine.description import Fields, Payload
from sms_analytics.formats.engine.finding import OWN_TIME_KEYS, need_paths
from sms_analytics.formats.engine.hiding import HIDDEN_KEYS, closed, is_sentence, masked

#: Roles are remembered per path, plans per set of keys; records with ever new keys must not fill the memory.
_MOST_ROLES: Final = 10_000
_MOST_PLANS: Final = 1_000
_MOST_KEYS: Final = 100
_KNOWN, _EXTRA, _HIDDEN = 0, 1, 2


class Plan(NamedTuple):
    """What becomes of the fields of records with the same keys: these may be kept in `extra`, and whether anything must be masked."""

    extra: tuple[str, ...]
    hides: bool
    #: Where one's own program added a time to the payload.
    own_time: str | None


class Keeper:
    """What is kept of the fields of one payload kind, and how."""

    def __init__(self, payload: Payload) -> None:
        self.payload = payload
        written = [path for paths in payload.columns.values() for path in ([paths] if isinstance(paths, str) else paths)]
        named = [path for path in written if not path.startswith("=")]
        # A need that names its values is no text; one that asks whether a text is there does not show it.
        stated = [path for need in payload.needs if "=" in need.partition("~")[0] for path in need_paths(need)]
        self.mapped = frozenset([*named, *stated])
        own = {path.lower() for path in payload.hidden} | set(payload.hidden)
        # A text key that is mapped holds something else; one that is named as text stays text, also where a need looks at it.
        self.hidden = (HIDDEN_KEYS - {path.lower().rpartition(".")[2] for path in self.mapped}) | own
        asked = {path for need in payload.needs for path in need_paths(need) if path.lower().rpartition(".")[2] not in self.hidden}
        self.known = (self.mapped | asked | set(payload.ignored)) - own
        #: One of several paths being there tells nothing of what it holds.
        alternatives = {path for need in payload.needs if len(paths := need_paths(need)) > 1 for path in paths}
        self._unsaid = (alternatives & asked) - self.mapped - set(payload.ignored)
        #: Below these everything is hidden: `parameters.*`.
        self.below = tuple(path.removesuffix("*") for path in payload.hidden if path.endswith(".*"))
        self.closed = frozenset(path.rstrip(".").lower().rpartition(".")[2] for path in self.below)
        self._roles: dict[str, int] = {}
        self._plans: dict[tuple[str, ...], Plan] = {}

    def role(self, path: str) -> int:
        """Whether a field is known (or asked for), hidden, or extra."""
        found = self._roles.get(path)
        if found is None:
            last = path.lower().rpartition(".")[2]
            if (path in self.known and path not in self._unsaid) or path.lower() in OWN_TIME_KEYS:
                found = _KNOWN
            else:
                found = _HIDDEN if last in self.hidden or path in self.hidden or path.startswith(self.below) else _EXTRA
            if len(self._roles) < _MOST_ROLES:
                self._roles[path] = found
        return found

    def plan(self, fields: Fields) -> Plan:
        """What to do with these fields, by their paths alone."""
        paths = tuple(fields)
        found = self._plans.get(paths)
        if found is None:
            roles = [(path, self.role(path)) for path in paths]
            extra = tuple(path for path, role in roles if role == _EXTRA)
            own_time = next((path for path in paths if path not in self.mapped and path.lower() in OWN_TIME_KEYS), None)
            found = Plan(extra, any(role == _HIDDEN for _, role in roles), own_time)
            if len(self._plans) < _MOST_PLANS and len(paths) <= _MOST_KEYS:
                self._plans[paths] = found
        return found

    def sorted_out(self, fields: Fields, plan: Plan) -> tuple[dict[str, str], bool]:
        """The fields that have no column and may be kept, and whether anything must be masked."""
        extra: dict[str, str] = {}
        dirty = plan.hides
        for path in plan.extra:
            text = fields[path]
            # What is embedded is looked at when it is masked; here it is left out.
            if (" " in text and is_sentence(text)) or text[:1] in ("{", "[") or "&" in text:
                dirty = True
            else:
                extra[path] = text
        return extra, dirty

    def is_dirty(self, fields: Fields) -> bool:
        """Whether anything of these fields must be masked."""
        plan = self.plan(fields)
        return plan.hides or self.sorted_out(fields, plan)[1]

    def sentences(self, fields: Fields) -> set[str]:
        """The keys (lower case) of fields that nothing is known of and that may hold message text."""
        return {path.lower() for path, text in fields.items() if " " in text and self.role(path) == _EXTRA and is_sentence(text)}

    def raw(self, value: Any) -> Any:
        return masked(closed(value, self.closed) if self.closed else value, self.hidden, self.known)
