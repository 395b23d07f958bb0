"""A package that is only read when it is first asked for something: it stands in `sys.modules` by name, and gives way to the real one.

Altair imports jsonschema, which imports `rfc3987_syntax` for a check of addresses that no chart asks for, and that package builds forty parsers
whenever it is imported: two of the three seconds that `import altair` takes.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

_NAME: Final = "rfc3987_syntax"


class _Postponed(ModuleType):
    """Stands for the package; whatever else it is asked for is read from there."""

    def __getattr__(self, name: str) -> Any:
        # The import system asks for names like __file__, which must not count as use.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_real(), name)

    @staticmethod
    def is_valid_syntax(term: str, value: str) -> bool:
        """The function that jsonschema imports from there."""
        return bool(_real().is_valid_syntax(term, value))


def _real() -> ModuleType:
    if isinstance(sys.modules.get(_NAME), _Postponed):
        del sys.modules[_NAME]
    return import_module(_NAME)


def _postpone() -> None:
    spec = None if _NAME in sys.modules else find_spec(_NAME)
    if spec is not None:
        stands_in = _Postponed(_NAME)
        stands_in.__spec__, stands_in.__path__ = spec, spec.submodule_search_locations or []  # `import rfc3987_syntax.utils` finds its way
        sys.modules[_NAME] = stands_in


_postpone()
