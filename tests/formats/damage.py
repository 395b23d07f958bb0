"""Lines as they reach us damaged: cut, doubled, mixed, with foreign characters."""

from collections.abc import Sequence

import polars as pl
from hypothesis import strategies as st

from sms_analytics.events.readings import RECORDS, Context, Format

_PIECES = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)


@st.composite
def damaged(draw: st.DrawFn, lines: Sequence[str]) -> str:
    """One of the lines with its end cut off, a piece taken out, a foreign piece put in, or nothing done to it."""
    line = draw(st.sampled_from(lines))
    start, end = sorted(draw(st.tuples(st.integers(0, len(line)), st.integers(0, len(line)))))
    return draw(st.sampled_from((line[:end], line[:start] + line[end:], line[:start] + draw(_PIECES) + line[end:], line, draw(_PIECES))))


def of(lines: Sequence[str]) -> pl.DataFrame:
    """Records of these lines."""
    return pl.DataFrame({"record_no": range(1, len(lines) + 1), "line": lines}, schema=RECORDS)


def places(own: Format, records: pl.DataFrame, context: Context | None = None) -> list[int]:
    """The record numbers of all three frames: each record once if nothing was lost or doubled."""
    parsed = own.parse(records, context or Context())
    return sorted([*parsed.readings["record_no"].unique(), *parsed.skipped["record_no"], *parsed.rejected["record_no"]])
