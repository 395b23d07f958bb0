"""The commands that list what the database holds."""

from typing import Final

from polars import selectors

from sms_analytics.cli import printing, speaking
from sms_analytics.cli.actions.session import opened
from sms_analytics.cli.options import Source
from sms_analytics.database.frames import frame_of
from sms_analytics.text.phrases import phrase

_TABLES: Final = {
    "loads": "SELECT * FROM loads ORDER BY load_id",
    "feeds": "SELECT * FROM feeds ORDER BY feed",
    "rejects": "SELECT rejects.*, path || ':' || record_no AS place FROM rejects JOIN loads USING (load_id) ORDER BY load_id, record_no",
}
#: Columns of the printed tables, in order; JSON has all of the database.
_SHOWN: Final = {
    "loads": [
        *("load_id", "path", "format", "feed", "state", "records", "accepted", "skipped", "rejected"),
        *("events", "duplicates", "unrecognised", "first_utc", "last_utc", "loaded_utc", "time_zone"),
    ],
    "feeds": [
        *("feed", "submissions", "receipts", "answers", "answers_evidence", "first_utc", "last_utc", "now_utc"),
        *("time_zone", "receipt_zone", "horizon_s", "id_rule", "id_rule_evidence"),
    ],
    "rejects": ["place", "field", "rule", "message", "raw"],
}


def listed(table: str, source: Source, *, json: bool) -> None:
    """Loads, feeds or rejects."""
    with opened(source) as session:
        found = frame_of(session.connection.sql(_TABLES[table]))
    in_cells = found.with_columns(selectors.list().list.join(", ").replace("", None))
    shown = session.shown(in_cells.select(_SHOWN[table]))
    frame = found.drop("place") if table == "rejects" else found
    if table == "rejects" and frame.is_empty():
        speaking.say(phrase("no_rejects", session.lang))
    printing.answer(frame, zone=session.zone, lang=session.lang, format="json" if json else None, shown=shown)


def profile(source: Source, *, json: bool) -> None:
    """The first look: findings, problems first, and above them how many there are."""
    # It reads how events are normalised, which a list of loads need not.
    from sms_analytics.questions.first_look import profile as profile_of  # noqa: PLC0415

    with opened(source) as session:
        found = profile_of(session.connection)
    problems = int(found["is_problem"].sum())
    summary = [phrase("problems" if problems else "no_problems", session.lang, problems)]
    shown = found.drop("is_problem")
    printing.answer(found, zone=session.zone, lang=session.lang, format="json" if json else None, shown=shown, summary=summary, keys=2)
