"""An analyst can run the rules over a database, one after the other, and look at what each leaves."""

from pathlib import Path

import sms_analytics as sms
from sms_analytics.resolving import deciding
from tests import kannel_log as log

#: What each rule leaves, as its file says.
TABLES = {
    "parts": "statements",
    "part_summaries": "part_summaries",
    "deciding_event": "decided_parts",
    "long_messages": "long_deciders",
    "decided": "decided",
    "details": "details",
    "outcomes": "outcomes_of_events",
}


def test_the_rules_run_by_hand_leave_what_the_load_stored(tmp_path: Path) -> None:
    lines = [log.sent(1, log.START), log.receipt(1, log.START), log.sent(2, log.START), log.receipt(2, log.START, "UNDELIV", "001")]
    db = tmp_path / "sms.duckdb"
    log.load(db, log.written(tmp_path / "access.log", lines))
    with sms.connect(db) as connection:
        connection.execute("CREATE TEMP VIEW seen AS FROM numbered_events")
        connection.execute(deciding.sql("id_macros"))
        counts = {}
        for rule in deciding.RULES:
            connection.execute(deciding.sql(rule))
            if rule != "outcomes":
                counts[rule] = connection.execute(f"SELECT count(*) FROM {TABLES[rule]}").fetchall()[0][0]
        connection.execute("SET VARIABLE slice_begin = 0; SET VARIABLE slice_end = 1000")
        again = connection.execute("SELECT message_key, shared_no, receipts, refused FROM outcomes_of_events ORDER BY message_key").fetchall()
        stored = connection.execute("SELECT message_key, shared_no, receipts, refused FROM resolved ORDER BY message_key").fetchall()
    assert counts == {"parts": 4, "part_summaries": 2, "deciding_event": 2, "long_messages": 0, "decided": 2, "details": 0}
    assert again == stored
    assert [(key, receipts) for key, _, receipts, _ in stored] == [("telia1/1", 1), ("telia1/2", 1)]
