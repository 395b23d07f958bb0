"""Long messages whose log has one line for all parts: what they asked for, and what one confirmed part says (rules 7 and 8)."""

from pathlib import Path

from sms_analytics.commands import loader
from sms_analytics.database import store

LONG = "Hei " * 50


def _sent(number: int, text: str, dlr: str = "NO_SMSC_DELIVERY_RECEIPT_REQUESTED", day: int = 1, sender: str = "Klinikken") -> str:
    return (
        f"2026-03-{day:02d} 09:14:01 INFO     1 SMS-MT [cid:telia] [queue-msgid:q-{number}] [smpp-msgid:b'5c0a{number:04d}'] "
        f"[status:CommandStatus.ESME_ROK] [prio:0] [dlr:RegisteredDeliveryReceipt.{dlr}] [validity:none] [from:b'{sender}'] "
        f"[to:b'474000{number:04d}'] [content:b'{text}'] [tlvs:-]"
    )


def _outcomes(folder: Path, *files: tuple[str, str]) -> dict[str, str]:
    db = folder / "sms.duckdb"
    for name, text in files:
        (folder / name).write_text(text + "\n", "utf-8")
        loader.load([str(folder / name)], db=db, time_zone="UTC")
    connection = store.connect(db)
    found = dict(connection.sql("SELECT message_id, outcome FROM messages").fetchall())
    connection.close()
    return found


LATER = _sent(99, "Hei", "SMSC_DELIVERY_RECEIPT_REQUESTED", day=28, sender="Annen")


def test_long_messages_of_a_sender_whose_short_ones_never_ask_are_untracked(tmp_path: Path) -> None:
    log = "\n".join([_sent(1, "Hei"), _sent(2, LONG), LATER])
    assert _outcomes(tmp_path, ("messages.log", log)) == {"5c0a0001": "untracked", "5c0a0002": "untracked", "5c0a0099": "awaiting_status"}


def test_one_short_message_that_asks_makes_silence_silence_in_any_order_of_loading(tmp_path: Path) -> None:
    asking = _sent(3, "Hei", "SMSC_DELIVERY_RECEIPT_REQUESTED")
    files = [("a.log", _sent(1, "Hei")), ("b.log", f"{_sent(2, LONG)}\n{LATER}"), ("c.log", asking)]
    wanted = {"5c0a0001": "untracked", "5c0a0002": "no_status", "5c0a0003": "no_status", "5c0a0099": "awaiting_status"}
    for number, order in enumerate((files, files[::-1])):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert _outcomes(folder, *order) == wanted


def test_a_confirmed_part_of_jasmins_confirms_one_part(tmp_path: Path) -> None:
    receipt = "2026-03-01 09:15:01 INFO     1 DLR [cid:telia] [smpp-msgid:5C0A{0:04d}] [status:{1}] [submit date:2603010914] [done date:2603010915] "
    rest = "[sub/dlvrd messages:001/001] [err:000] [content:'']"
    log = [_sent(1, LONG), _sent(2, "Hei"), _sent(3, LONG), receipt.format(1, "DELIVRD") + rest, receipt.format(2, "DELIVRD") + rest]
    log.append(receipt.format(3, "UNDELIV") + rest)
    assert _outcomes(tmp_path, ("messages.log", "\n".join(log))) == {"5c0a0001": "partly_confirmed", "5c0a0002": "delivered", "5c0a0003": "failed"}


def test_a_receipt_that_names_the_part_in_another_base_is_that_parts(tmp_path: Path) -> None:
    log = "\n".join(_sent(number, LONG).replace("b'5c0a", "b'5c0a77") for number in range(1, 31))
    numbers = [int(f"5c0a77{number:04d}", 16) for number in range(1, 31)]
    receipts = "\n".join(
        f"2026-03-01 09:15:01 INFO     1 DLR [cid:rx] [smpp-msgid:{number}] [status:DELIVRD] [submit date:2603010914] [done date:2603010915] "
        "[sub/dlvrd messages:001/001] [err:000] [content:'']"
        for number in numbers
    )
    assert set(_outcomes(tmp_path, ("messages.log", log), ("dlr.log", receipts)).values()) == {"partly_confirmed"}


def test_a_receipt_called_back_for_the_whole_is_that_of_the_part_that_asked(tmp_path: Path) -> None:
    log, callbacks = tmp_path / "messages.log", tmp_path / "callbacks.log"
    log.write_text(_sent(1, LONG) + "\n", "utf-8")
    callbacks.write_text("2026-03-01 09:15:01 id=q-1&id_smsc=5C0A0001&message_status=DELIVRD&level=2&err=000\n", "utf-8")
    db = tmp_path / "sms.duckdb"
    loader.load([str(log)], db=db, time_zone="UTC")
    loader.load([str(callbacks)], db=db, time_zone="UTC", feed="telia")
    connection = store.connect(db)
    assert connection.sql("SELECT outcome, parts FROM messages").fetchall() == [("partly_confirmed", 2)]
    connection.close()


def test_a_message_that_kannels_bearerbox_split_is_confirmed_in_part(tmp_path: Path) -> None:
    line = "2026-03-18 09:14:0{0} {1} [SMSC:telia1] [SVC:k] [ACT:] [BINF:] [FID:{2}] [META:?smpp?] [from:K] [to:+4740000001] [flags:-1:{3}] [msg:{4}] [udh:0:]"
    lines = [
        line.format(1, "Sent SMS", "5C01A1", "0:-1:-1:31", f"{len(LONG)}:{LONG}"),
        line.format(5, "Receive DLR", "5C01A1", "-1:-1:-1:1", "0:"),
        line.format(1, "Sent SMS", "5C01A2", "0:-1:-1:31", "3:Hei"),
        line.format(5, "Receive DLR", "5C01A2", "-1:-1:-1:1", "0:"),
    ]
    assert _outcomes(tmp_path, ("access.log", "\n".join(lines))) == {"5C01A1": "partly_confirmed", "5C01A2": "delivered"}
