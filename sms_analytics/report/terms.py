"""What became of the sent messages, in a reader's terms."""

from typing import Final

import polars as pl

#: These add up to `sent` in every row. `waiting` is what can still get a status, by what is known so far.
OF_SENT: Final = ("delivered", "partly_confirmed", "failed", "waiting", "no_status", "unrecognised")
_WAITING: Final = ("out_of_coverage", "awaiting_status")


def in_terms(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with the counts of `rates`, with the column `waiting`."""
    return frame.with_columns(waiting=pl.sum_horizontal(_WAITING))
