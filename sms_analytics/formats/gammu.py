r"""Gammu SMS daemon: its table of sent messages, its log.

Producer:  gammu-smsd: exports (CSV, JSON) of the table `sentitems`, and its log file or syslog.
Holds:     in the table one row per part with its last status: the submission and, if the status says more, a receipt. In the log submissions.
Clock:     SendingDateTime and DeliveryDateTime, and the times of the log, are the computer's (`--time-zone` for the log, `--receipt-zone` for the table).
Ids:       ID (of the outbox, the same for all parts), in the log the number behind `Transmitted`.
Parts:     one row and one receipt per part: SequencePosition. How many there are is not said.
Columns:   ID = message_id; SequencePosition = part_no; DestinationNumber = recipient; SenderID = feed (the phone); CreatorID = account; Status = status;
           StatusError = code_raw; SendingDateTime = time of the submission; DeliveryDateTime = time of the status; the rest (TPMR, SMSCNumber) = extra.
Statuses:  SendingOK = submitted; SendingOKNoReport = submitted, and no receipt was asked for; SendingError, Error = rejected (by the phone); DeliveryOK;
           DeliveryFailed = undelivered; DeliveryPending = buffered; DeliveryUnknown = unknown. In the log `Transmitted` = submitted.
Codes:     StatusError is a TP-Status (`tp_status`); -1 is none.
Traps:     `SendingOK` means that the network took the message and a receipt was asked for. A part number of 1 stands also for messages of one part.
Missing:   operator and sender; receipts in the log, which names neither message nor number beside them. The inbox is skipped. Text and TextDecoded are masked.
Sample:    SendingDateTime,DeliveryDateTime,Text,DestinationNumber,Coding,UDH,SMSCNumber,Class,TextDecoded,ID,SenderID,SequencePosition,Status,StatusError,TPMR
"""

from collections.abc import Mapping
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words
from sms_analytics.vocabulary import ReceiptRequested

STATUSES: Final[Words] = {
    "SendingOK": Says("submitted", said_by="gateway"),
    "SendingOKNoReport": Says("submitted", said_by="gateway"),
    "SendingError": Says("rejected", said_by="gateway"),
    "Error": Says("rejected", said_by="gateway"),
    "DeliveryOK": "delivered",
    "DeliveryFailed": "undelivered",
    "DeliveryPending": "buffered",
    "DeliveryUnknown": "unknown",
}
#: Where the phone did not send at all, nobody can say whether a receipt was asked for.
REQUESTED: Final[Mapping[str, ReceiptRequested]] = {
    "SendingOKNoReport": "none",
    **dict.fromkeys(("SendingOK", "DeliveryOK", "DeliveryFailed", "DeliveryPending", "DeliveryUnknown"), "full"),
}
_TIME: Final = Time(empty=("", "0000-00-00 00:00:00"))
#: The daemon's own file has a weekday and slashes, syslog what syslog writes.
_LOG: Final = (
    r"(?:^|\s)(?:[A-Z][a-z]{2} )?(?P<time>\d{4}[/-]\d\d[/-]\d\d[ T]\d\d:\d\d:\d\d)\S* (?:\S+ )?gammu-smsd\[\d+\]: "
    r"Transmitted (?P<transmitted>\w+) \(total: \d+\) to (?P<to>\+?\d+)\s*$"
)

FORMAT: Final = engine.make(
    Description(
        name="gammu",
        title="Gammu SMS daemon: sent messages, log",
        payloads=(
            Payload(needs=("ReceivingDateTime", "SenderNumber", "TextDecoded"), kind="skip"),
            Payload(
                needs=("ID", "DestinationNumber", "SendingDateTime", "SequencePosition", "Status"),
                kind="row",
                columns={
                    "message_id": "ID",
                    "part_no": "SequencePosition",
                    "recipient": "DestinationNumber",
                    "feed": "SenderID",
                    "account": "CreatorID",
                    "receipt_requested": "Status",
                    "status": "Status",
                    "code": "StatusError",
                    "submit": "SendingDateTime",
                    "happened": "DeliveryDateTime",
                },
                statuses=STATUSES,
                code_system="tp_status",
                no_code=("-1",),
                times={"submit": _TIME, "happened": _TIME},
                requested=REQUESTED,
                hidden=("Text", "TextDecoded", "UDH"),
                ignored=("UpdatedInDB", "Coding", "Class", "RelativeValidity"),
            ),
            Payload(
                needs=("transmitted", "to", "time"),
                kind="submission",
                columns={"message_id": "transmitted", "recipient": "to", "logged": "time"},
                said_by="gateway",
            ),
        ),
        parts="each",
        containers=("table", "json", "line"),
        patterns=(_LOG,),
    )
)
