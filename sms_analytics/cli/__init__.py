"""The command line: one verb per public function. `main` turns every error into one line and an exit code.

0 fine; 1 some or all inputs failed, the rest is loaded; 2 wrong usage; 3 database missing, locked or not ours; 4 no data for the question.
"""

import sys
import traceback
from pathlib import Path
from typing import Final

import typer

from sms_analytics import extras
from sms_analytics.cli.commands import app
from sms_analytics.cli.speaking import fail
from sms_analytics.errors import DatabaseError, MissingExtraError, SmsAnalyticsError, UsageError

__all__ = ["main"]

_DEBUG = "--debug"


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(args=[argument for argument in given if argument != _DEBUG], prog_name="sms-analytics", standalone_mode=False)
    except Exception as error:  # the last place that can turn it into one line
        if _DEBUG in given:
            traceback.print_exc()
        text, code = _explained(error, given)
        fail(text)
    return code if isinstance(code, int) else 0


#: What DuckDB raises where the bytes of a file are not what it wrote; told by name, since the library is not read for each command.
_DAMAGES: Final = frozenset({"IOException", "InternalException", "SerializationException", "FatalException"})


def _explained(error: Exception, given: list[str]) -> tuple[str, int]:
    """What to tell people, and the exit code."""
    if isinstance(error, SmsAnalyticsError):
        return str(error), error.exit_code
    if isinstance(error, ModuleNotFoundError) and (missing := _missing_extra(given)):
        return str(missing), missing.exit_code
    if isinstance(error, typer.TyperException):
        return _usage(error), UsageError.exit_code
    if isinstance(error, OSError):
        return (
            f"{error.filename or 'a file'}: {error.strerror or 'cannot be used'}; check that it is there and may be written",
            DatabaseError.exit_code,
        )
    if type(error).__module__.endswith("duckdb") and type(error).__name__ in _DAMAGES:
        damaged = "the database cannot be read to its end: it is damaged, or somebody wrote to it meanwhile"
        return f"{damaged}; fetch it from a backup, or load the logs again", DatabaseError.exit_code
    # What the error says may hold values out of a log.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"unexpected {type(error).__name__} at {where}: a fault of ours; run it again with {_DEBUG} and report what it shows", 1


def _missing_extra(given: list[str]) -> MissingExtraError | None:
    """The error that names the extra of the command that was given, where it has one that is not there."""
    command = next((argument for argument in given if not argument.startswith("-")), "")
    try:
        if command in extras.NEEDS:
            extras.require(extras.NEEDS[command], f"sms-analytics {command}")
    except MissingExtraError as error:
        return error
    return None


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "sms-analytics"
    return f"{' '.join(error.format_message().split())} See: {command} --help"
