"""How many threads and how much memory a command that writes may take for the database."""

import re
from dataclasses import dataclass
from typing import Final

import duckdb

from sms_analytics.errors import UsageError

#: The batches on their way in come on top of it. More makes no load faster that was measured.
_USUAL_MB: Final = 600

#: DuckDB takes four fifths of what the machine, or the container's control group, has. Parsing wants its share of that.
_SHARE: Final = 0.6

_SIZE: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*([kmgt]i?b)", re.IGNORECASE | re.ASCII)
_MB: Final = {"kb": 0.001, "mb": 1, "gb": 1000, "tb": 1_000_000, "kib": 0.001024, "mib": 1.048576, "gib": 1073.741824, "tib": 1_099_511.627776}

#: With less the resolver has no room to sort in.
_LEAST_MB: Final = 100


@dataclass(frozen=True)
class Limits:
    """What was asked for; None is what the machine or its container allows."""

    threads: int | None = None
    memory_mb: int | None = None

    @classmethod
    def given(cls, threads: int | None, memory: str | None) -> "Limits":
        """From `--threads` and `--memory-limit`. Raises `UsageError` for what is no number or no size."""
        if threads is not None and threads < 1:
            raise UsageError(f"--threads: {threads} is no number of threads; give 1 or more")
        if memory is None:
            return cls(threads)
        megabytes = _megabytes(memory)
        if megabytes is None:
            raise UsageError(f"--memory-limit: '{memory}' is no size; write it as 600MB or 2GB")
        if megabytes < _LEAST_MB:
            raise UsageError(f"--memory-limit: {memory} is too little to resolve messages in; give {_LEAST_MB}MB or more")
        return cls(threads, megabytes)

    def set(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Makes them those of the connection's database."""
        if self.threads is not None:
            connection.execute(f"SET threads = {self.threads}")
        memory = self.memory_mb
        if memory is None:
            ((allowed,),) = connection.execute("SELECT current_setting('memory_limit')").fetchall()
            memory = min(_USUAL_MB, max(_LEAST_MB, round(_SHARE * (_megabytes(allowed) or _USUAL_MB))))
        connection.execute(f"SET memory_limit = '{memory}MB'")


def _megabytes(size: str) -> int | None:
    # DuckDB shows its own as "15.6 GiB".
    found = _SIZE.fullmatch(size.strip())
    return None if found is None else round(float(found[1]) * _MB[found[2].lower()])


#: Nothing was asked for.
USUAL: Final = Limits()
