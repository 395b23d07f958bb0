"""Honest delivery rates from SMS operator receipt logs.

    import sms_analytics as sms

    sms.load("logs/", db="sms.duckdb")
    db = sms.connect("sms.duckdb")
    sms.rates(db, by="operator,country")

Each command of `sms-analytics` is a function here, each option a keyword. Answers are polars frames.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sms_analytics import charts as charts
    from sms_analytics import config as config
    from sms_analytics import errors as errors
    from sms_analytics import formats as formats
    from sms_analytics import spark as spark
    from sms_analytics.charts import theme as theme
    from sms_analytics.commands.alarms import check as check
    from sms_analytics.commands.demo import demo as demo
    from sms_analytics.commands.demo import sample as sample
    from sms_analytics.commands.exporting import export as export
    from sms_analytics.commands.loader import load as load
    from sms_analytics.commands.proving import proof as proof
    from sms_analytics.commands.remapping import remap as remap
    from sms_analytics.commands.unloading import forget as forget
    from sms_analytics.commands.unloading import purge as purge
    from sms_analytics.commands.unloading import unload as unload
    from sms_analytics.database.store import connect as connect
    from sms_analytics.jupyter import notebook as notebook
    from sms_analytics.jupyter.lab import lab as lab
    from sms_analytics.lookup.answer import lookup as lookup
    from sms_analytics.mcp.server import mcp as mcp
    from sms_analytics.questions.arrival import proven as proven
    from sms_analytics.questions.changes import changes as changes
    from sms_analytics.questions.control_limits import control_chart as control_chart
    from sms_analytics.questions.costs_of_sending import costs as costs
    from sms_analytics.questions.fair_comparison import standardised as standardised
    from sms_analytics.questions.first_look import profile as profile
    from sms_analytics.questions.gaps import gaps as gaps
    from sms_analytics.questions.metrics import messages as messages
    from sms_analytics.questions.metrics import notes as notes
    from sms_analytics.questions.metrics import rates as rates
    from sms_analytics.questions.metrics import reasons as reasons
    from sms_analytics.questions.operator_reports import capabilities as capabilities
    from sms_analytics.questions.outages import outages as outages
    from sms_analytics.questions.outlying_groups import funnel_plot as funnel_plot
    from sms_analytics.questions.sums import reconcile as reconcile
    from sms_analytics.questions.unmapped import unmapped as unmapped
    from sms_analytics.questions.unreachable_numbers import unreachable as unreachable
    from sms_analytics.questions.waits import latency as latency
    from sms_analytics.questions.young_days import revisions as revisions
    from sms_analytics.reading.identification import identify as identify
    from sms_analytics.report.files import report as report
    from sms_analytics.serve.server import serve as serve
    from sms_analytics.simulate.simulation import simulate as simulate
    from sms_analytics.text import labels as labels
    from sms_analytics.text.names import with_names as with_names

#: Public functions and the modules they live in; imported when they are first used: `import sms_analytics` reads nothing else.
_FUNCTIONS: Final = {
    "capabilities": "questions.operator_reports",
    "changes": "questions.changes",
    "check": "commands.alarms",
    "connect": "database.store",
    "control_chart": "questions.control_limits",
    "costs": "questions.costs_of_sending",
    "demo": "commands.demo",
    "export": "commands.exporting",
    "forget": "commands.unloading",
    "funnel_plot": "questions.outlying_groups",
    "gaps": "questions.gaps",
    "identify": "reading.identification",
    "lab": "jupyter.lab",
    "latency": "questions.waits",
    "load": "commands.loader",
    "lookup": "lookup.answer",
    "mcp": "mcp.server",
    "messages": "questions.metrics",
    "notes": "questions.metrics",
    "outages": "questions.outages",
    "profile": "questions.first_look",
    "proof": "commands.proving",
    "proven": "questions.arrival",
    "purge": "commands.unloading",
    "rates": "questions.metrics",
    "reasons": "questions.metrics",
    "reconcile": "questions.sums",
    "remap": "commands.remapping",
    "revisions": "questions.young_days",
    "serve": "serve.server",
    "sample": "commands.demo",
    "report": "report.files",
    "simulate": "simulate.simulation",
    "standardised": "questions.fair_comparison",
    "unload": "commands.unloading",
    "upgrade": "commands.upgrading",
    "unmapped": "questions.unmapped",
    "unreachable": "questions.unreachable_numbers",
    "with_names": "text.names",
}
#: Public modules and where they live.
_MODULES: Final = {
    "charts": "charts",
    "config": "config",
    "errors": "errors",
    "formats": "formats",
    "labels": "text.labels",
    "notebook": "jupyter.notebook",
    "spark": "spark",
    "theme": "charts.theme",
}

__all__ = [*_FUNCTIONS, *_MODULES]  # noqa: PLE0604  # names, all of them


#: Functions whose names are those of folders too. The import system makes a folder an attribute of this package when it first imports it, and the
#: function would be hidden from then on. So they are imported here, none of them holds more than its docstring, and the attributes are taken away
#: again: the names are left to `__getattr__` for good, whatever is imported from the folders afterwards.
_FOLDERS: Final = ("lookup", "mcp", "report", "serve", "simulate")
for _folder in _FOLDERS:
    import_module(f"{__name__}.{_folder}")
    del globals()[_folder]


def __getattr__(name: str) -> object:
    """What is public, imported when it is first asked for (PEP 562). Raises `MissingExtraError` for what a plain install cannot do."""
    if name in _MODULES or name in _FUNCTIONS:
        from sms_analytics import extras  # noqa: PLC0415

        if name in extras.NEEDS:
            extras.require(extras.NEEDS[name], name)
    if name in _MODULES:
        return import_module(f"{__name__}.{_MODULES[name]}")
    if name in _FUNCTIONS:
        return getattr(import_module(f"{__name__}.{_FUNCTIONS[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
