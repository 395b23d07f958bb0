"""playSMS: its webservice's list of sent messages, and its table of outgoing messages.

Producer:  playSMS, answers of the webservice `op=ds` (JSON, `data`), and exports (CSV, SQL tools) of `playsms_tblSMSOutgoing`.
Holds:     one row per message with its last status: the submission and, if the status says more, a receipt.
Clock:     dt, p_datetime: when the message was handed over; update, p_update: when its status changed. playSMS keeps them in its own zone and does not
           write which (`--receipt-zone`).
Ids:       smslog_id, a counter of the installation.
Parts:     one row for the whole message.
Columns:   smslog_id = message_id; dst, p_dst = recipient; src, p_src = sender; status, p_status = status; dt, p_datetime = time of the submission; update,
           p_update = time of the status; uid = account; p_smsc = feed; queue_code = campaign; the rest = extra.
Statuses:  0 (pending) = queued; 1 (sent) = submitted; 2 (failed) = undelivered; 3 (delivered) = delivered.
Codes:     none.
Traps:     0000-00-00 00:00:00 stands for no time. `failed` may be the gateway's own refusal: it does not say.
Missing:   operator and why a message failed. Incoming messages (in_datetime) are skipped; msg and p_msg are masked.
Sample:    {"data":[{"smslog_id":"101","src":"Klinikken","dst":"+4740000001","msg":"***","dt":"2026-03-18 09:14:01","update":"2026-03-18 09:14:06","status":"3"}],"error_string":null}
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words

STATUSES: Final[Words] = {
    "0": Says("queued", said_by="gateway"),
    "1": Says("submitted", said_by="gateway"),
    "2": "undelivered",
    "3": "delivered",
}
_TIME: Final = Time(empty=("0", "0000-00-00 00:00:00"))


def _rows(prefix: str, submit: str, **more: str) -> Payload:
    """A list whose names have this prefix."""
    return Payload(
        needs=("smslog_id", f"{prefix}dst", submit, f"{prefix}status"),
        kind="row",
        columns={
            "message_id": "smslog_id",
            "recipient": f"{prefix}dst",
            "sender": f"{prefix}src",
            "status": f"{prefix}status",
            "submit": submit,
            "happened": f"{prefix}update",
            **more,
        },
        statuses=STATUSES,
        times={"submit": _TIME, "happened": _TIME},
        hidden=("p_msg", "p_footer"),
        ignored=("flag_deleted", "unicode", "p_gpid", "p_sms_type", "p_credit"),
    )


FORMAT: Final = engine.make(
    Description(
        name="playsms",
        title="playSMS: sent messages",
        payloads=(
            Payload(needs=("in_id", "in_datetime", "in_sender"), kind="skip"),
            _rows("", "dt"),
            _rows("p_", "p_datetime", account="uid", feed="p_smsc", campaign="queue_code"),
        ),
        parts="one",
    )
)
