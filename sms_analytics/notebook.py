"""What a notebook begins with: how charts look and are shown, the database, and questions that share their filters.

    notebook.setup("nb")
    db = notebook.connect()
    ask = notebook.Questions(db, since="2026-10-01")
    ask.rates("operator")

Nothing here ends in a traceback that an analyst has to read: what cannot be answered is said in one line, and the frame is empty.
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import altair as alt
import duckdb
import polars as pl
from IPython.core.getipython import get_ipython

from sms_analytics import masking, metrics, store, theme
from sms_analytics.demo import demo
from sms_analytics.errors import NoDataError, SmsAnalyticsError, UsageError
from sms_analytics.filters import Moment
from sms_analytics.gaps import gaps
from sms_analytics.labels import Lang, label

#: `jupyter` (interactive, in JupyterLab, without network) or `svg` (a picture in the notebook file, for headless runs and for viewers).
RENDERER: Final = "SMS_ANALYTICS_RENDERER"

_BRIEF: Final = ("sent", "delivered", "failed", "no_status", "provisional")

_Answer = TypeVar("_Answer")

_RENDERERS: Final[dict[str, dict[str, Any]]] = {"jupyter": {"offline": True}, "svg": {}}


def setup(lang: Lang = "nb") -> None:
    """Theme, language and renderer of this notebook's charts, all columns of frames, and our own errors as one line."""
    theme.use(lang)
    renderer = os.environ.get(RENDERER, "jupyter")
    if renderer not in _RENDERERS:
        raise UsageError(f"${RENDERER} '{renderer}': accepted are {', '.join(_RENDERERS)}")
    alt.renderers.enable(renderer, **_RENDERERS[renderer])
    pl.Config.set_tbl_cols(-1).set_tbl_rows(12).set_float_precision(3)
    shell: Any = get_ipython()
    if shell is not None:
        shell.set_custom_exc((SmsAnalyticsError,), _one_line)


def _one_line(_shell: object, _kind: object, error: BaseException, _traceback: object, **_: object) -> None:
    _say(str(error))


def connect(path: str | Path | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to `path`, else to `$SMS_ANALYTICS_DB`, else to the sample data, loaded into a temporary folder once per session."""
    named = path or os.environ.get(store.ENVIRONMENT)
    if not named:
        _say(f"No database was named, so this is the sample data, which is invented. Name yours above or in `${store.ENVIRONMENT}`.")
    return store.connect(named or _sample())


def brief(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of `rates` with its groups, the counts that matter most and the rates: narrow enough to read. An empty frame stays as it is."""
    if frame.is_empty():
        return frame
    return frame.select(*frame.columns[: frame.columns.index("messages")], *_BRIEF, *metrics.RATES)


@lru_cache(maxsize=1)
def _folder() -> TemporaryDirectory[str]:
    """Lives as long as the session."""
    return TemporaryDirectory(prefix="sms_analytics-")


@lru_cache(maxsize=1)
def _sample() -> Path:
    return demo(_folder().name).db


def _say(text: str) -> None:
    """Beside the cell; on stderr where there is no notebook."""
    shell: Any = get_ipython()
    if shell is None:
        sys.stderr.write(f"{text}\n")
    else:
        shell.display_pub.publish({"text/markdown": f"> {text}", "text/plain": text})


@dataclass(frozen=True)
class Questions:
    """`rates`, `reasons`, `latency`, `gaps`, `messages` and `notes` of one database with the same filters.

    Feeds of which only receipts were loaded are left out, since they cannot show silence (said once, when this is made); `receipts_only=True` takes
    them in. Where nothing fits, the frame is empty and a line says why.
    """

    db: duckdb.DuckDBPyConnection
    since: Moment | None = None
    until: Moment | None = None
    where: str | None = None
    zone: str = metrics.ZONE
    lang: Lang = "nb"
    receipts_only: bool = False

    def __post_init__(self) -> None:
        if self._left_out:
            named = ", ".join(self._left_out)
            _say(f"Left out: {named}. Only receipts were loaded of these feeds, so silence cannot be seen there; `receipts_only=True` takes them in.")

    def rates(self, by: str | Sequence[str] = ()) -> pl.DataFrame:
        """`metrics.rates` by these dimensions."""
        return self._answer(metrics.rates, by=by)

    def reasons(self, by: str | Sequence[str] = ()) -> pl.DataFrame:
        """`metrics.reasons` by these dimensions."""
        return self._answer(metrics.reasons, by=by)

    def latency(self, by: str | Sequence[str] = ()) -> pl.DataFrame:
        """`metrics.latency` by these dimensions."""
        return self._answer(metrics.latency, by=by)

    def gaps(self, by: str | Sequence[str] = ()) -> pl.DataFrame:
        """`gaps.gaps` by these dimensions."""
        return self._answer(gaps, by=by)

    def messages(self, where: str, limit: int = 20) -> pl.DataFrame:
        """The first of the messages that also fit `where`, with masked numbers: `schemas.MESSAGES`."""
        found = self._answer(metrics.messages, also=where, limit=limit)
        return found if found.is_empty() else masking.masked_messages(found)

    def notes(self, by: str | Sequence[str] = ()) -> None:
        """Shows what a reader of `rates` must know."""
        with suppress(NoDataError):
            for note in self._ask(metrics.notes, by=by):
                _say(note)

    @cached_property
    def period(self) -> str:
        """From the first to the last day that has messages, with the zone; empty where nothing fits."""
        try:
            known = self._ask(metrics.rates, by="day").drop_nulls("day")["day"]
        except NoDataError:
            return ""
        first, last = (theme.period_text("day", day, self.lang) for day in (known[0], known[-1]))
        return f"{first} – {last} ({self.zone})" if first != last else f"{first} ({self.zone})"

    @cached_property
    def _left_out(self) -> list[str]:
        if self.receipts_only:
            return []
        feeds = self.db.execute("SELECT feed, receipts_only FROM feeds ORDER BY feed").fetchall()
        silent = [feed for feed, receipts_only in feeds if receipts_only]
        return silent if len(silent) < len(feeds) else []

    def _condition(self, also: str | None) -> str | None:
        quoted = ", ".join("'" + feed.replace("'", "''") + "'" for feed in self._left_out)
        parts = [self.where, also, f"feed NOT IN ({quoted})" if quoted else None]
        # The line break ends a comment that a condition may end with.
        return " AND ".join(f"({part}\n)" for part in parts if part) or None

    def _ask(self, question: Callable[..., _Answer], *, also: str | None = None, **options: Any) -> _Answer:
        return question(self.db, since=self.since, until=self.until, zone=self.zone, where=self._condition(also), **options)

    def _answer(self, question: Callable[..., pl.DataFrame], **options: Any) -> pl.DataFrame:
        try:
            return self._ask(question, **options)
        except NoDataError as error:
            _say(f"{label('chart.no_data', self.lang)}: {error}")
            return pl.DataFrame()
