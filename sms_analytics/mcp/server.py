"""The server that an assistant starts and speaks with over standard input and output, by the Model Context Protocol.

Standard output belongs to the protocol. Nothing that is asked or answered is logged.
"""

import traceback
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations

from sms_analytics import config as configuration
from sms_analytics.database import store
from sms_analytics.errors import SmsAnalyticsError
from sms_analytics.mcp.tools import Tools
from sms_analytics.serve.database import DatabaseWatcher
from sms_analytics.text.labels import Lang, labels
from sms_analytics.text.printable import plain

__all__ = ["mcp"]

_READ_ONLY: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def mcp(
    db: str | Path | None = None,
    *,
    config: str | Path | None = None,
    zone: str | None = None,
    lang: Lang | None = None,
    unmask: bool = False,
) -> None:
    """Answers an assistant's questions about the database until standard input ends: `lookup`, `rates`, `reasons`, `gaps` and `outages`.

    Numbers are masked unless `unmask`; there is no free SQL. A load beneath it is seen with the next question. Raises `DatabaseError` for a database
    that cannot be opened.
    """
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config is not None else None, beside=path.parent)
    watcher = DatabaseWatcher(path)
    watcher.newest()
    language = lang or settings.lang
    tools = Tools(watcher, settings, configuration.zone(zone) or settings.zone, language, unmask)
    server(tools, language).run("stdio")


class _Strict(MCPServer[Any]):
    """Refuses arguments that a tool does not have: an answer that passed over a filter would be an answer to something else."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None) -> CallToolResult | InputRequiredResult:
        known = self._tool_input_schema(name)
        unknown = sorted(set(arguments) - set(known["properties"])) if known is not None else []
        if known is not None and unknown:
            raise ToolError(f"{name}: no such argument: {plain(', '.join(unknown))[:200]}; accepted: {', '.join(known['properties'])}")
        return await super().call_tool(name, arguments, context)


def server(tools: Tools, lang: Lang) -> MCPServer[Any]:
    """The server with its tools; what they are for is said in the language."""
    texts = labels("assistant", lang)
    made = _Strict("sms-analytics", version=version("sms-analytics"), instructions=texts["instructions"], log_level="ERROR")
    for name, function in tools.functions().items():
        made.add_tool(_told(name, function), name=name, description=texts[name], annotations=_READ_ONLY)
    return made


def _told(name: str, function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The function with errors in one line; what is unexpected is named by its place alone, since it may hold values out of a log."""

    @wraps(function)
    def answered(*args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            return function(*args, **kwargs)
        except SmsAnalyticsError as error:
            raise ToolError(plain(error)) from None
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            raise ToolError(f"{name}: unexpected {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}, a fault of ours") from None

    return answered
