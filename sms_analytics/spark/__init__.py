"""The same formats and the same rules on Apache Spark, for logs that are too many for one machine.

    from sms_analytics import spark

    spark.load(session, ["s3://logs/2026-11/"], "lake/")
    spark.resolve(session, "lake/")

`sms_analytics.connect("lake/")` opens the result, without Spark. Needs the extra `spark` and Java 17.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sms_analytics.spark.arrivals import load as load
    from sms_analytics.spark.settling import resolve as resolve

_FUNCTIONS: Final = {"load": "arrivals", "resolve": "settling"}

__all__ = [*_FUNCTIONS]  # noqa: PLE0604  # names, all of them


def __getattr__(name: str) -> object:
    """What is public, imported when it is first asked for (PEP 562): tasks on a cluster import the rooms that they need and no others."""
    if name in _FUNCTIONS:
        return getattr(import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
