"""What a plain install leaves out: the extras of `pyproject.toml`, the libraries that each brings, and the error that names the one needed."""

from functools import lru_cache
from importlib.util import find_spec
from typing import Final

from sms_analytics.errors import MissingExtraError

#: Extra, and the modules by which one sees that it is there.
LIBRARIES: Final[dict[str, tuple[str, ...]]] = {
    "charts": ("altair", "vl_convert"),
    "report": ("altair", "vl_convert", "xlsxwriter", "jinja2", "typst"),
    "serve": ("tornado", "jinja2"),
    "lab": ("jupyterlab", "anywidget", "ipywidgets", "altair", "jinja2"),
    "excel": ("fastexcel", "xlsxwriter"),
    "spark": ("pyspark", "pandas"),
    "mcp": ("mcp",),
}

#: Public functions and modules, most of them commands too, and the extra without which they cannot be imported.
NEEDS: Final = {
    "charts": "charts",
    "theme": "charts",
    "report": "report",
    "serve": "serve",
    "lab": "lab",
    "notebook": "lab",
    "mcp": "mcp",
    "spark": "spark",
}


def require(extra: str, what: str) -> None:
    """Raises `MissingExtraError` unless the libraries of the extra are there; `what` needs them."""
    if missing := _missing(extra):
        raise MissingExtraError(
            f"{what}: needs {', '.join(missing)}, which a plain install leaves out; add what belongs to it with: pip install 'sms-analytics[{extra}]'"
        )


@lru_cache(maxsize=len(LIBRARIES))
def _missing(extra: str) -> tuple[str, ...]:
    return tuple(name for name in LIBRARIES[extra] if find_spec(name) is None)
