"""Infobip (SMS API): delivery reports, their pull answers, message logs.

Producer:  Infobip, logged by whoever received its webhook (JSON or XML with `results`, up to 100 reports each, or one report a line), and the answers
           of its report and log endpoints (`GET /sms/1/reports`, `/sms/3/reports`, `/sms/1/logs`, `/sms/3/logs`).
Holds:     receipts (reports) and, in logs, the submission with the message's last status.
Clock:     sentAt and doneAt are ISO 8601 with an offset, which may be any zone's (+0000, +05:30); doneAt is when Infobip was done with the message.
Ids:       messageId.
Parts:     one receipt for the whole message; smsCount, messageCount = number of parts.
Columns:   messageId = message_id; campaignReferenceId, else bulkId (one call's) = campaign; to, destination = recipient; from, sender = sender;
           callbackData = client_ref; mccMnc = mccmnc; status.name, status.groupName, status.id = status; status.description = detail; error.id, else
           error.name = code_raw; sentAt = hand-over; doneAt = the operator's time. error.permanent, prices and the rest = extra.
Statuses:  by status.name, as reference/codes.csv (infobip_status) lists them; a name that is not there counts by its group: PENDING = submitted,
           UNDELIVERABLE = undelivered, DELIVERED, EXPIRED, REJECTED. DELIVERED_TO_OPERATOR is only accepted; EXPIRED_DLR_UNKNOWN is no_report;
           REJECTED_DND and a black list are stopped.
Codes:     error.id is an `infobip` code (the network's MAP numbers up to 71, Infobip's own above); those of STOP and black lists make it stopped.
           Where it is 0 the name of the status tells the reason.
Traps:     the group DELIVERED holds DELIVERED_TO_OPERATOR, which is no delivery. Infobip's permanent flag differs from others' for 13 and 27. mccMnc
           may have a three-digit network (242001).
Missing:   the vendor waits 48 hours unless the message says otherwise. Text is masked. Reports of other channels than SMS that look the same are read as
           SMS.
Sample:    {"results":[{"messageId":"A1","to":"4740000001","sentAt":"2026-03-18T08:14:01.000+0000","status":{"groupName":"DELIVERED","name":"DELIVERED_TO_HANDSET"}}]}
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sms_analytics.events import codes
from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Fields, Payload, Says, Words
from sms_analytics.vocabulary import Status

_GROUPS: Final[Words] = {
    "PENDING": Says("submitted", said_by="gateway"),
    "ACCEPTED": Says("submitted", said_by="gateway"),
    "UNDELIVERABLE": "undelivered",
    "DELIVERED": "delivered",
    "EXPIRED": "expired",
    "REJECTED": Says("rejected", said_by="gateway"),
}
#: Statuses that Infobip speaks for itself, where its own table gives them.
_OWN: Final = ("submitted", "rejected", "stopped", "no_report")


def _listed() -> dict[str, Says]:
    """Each status by its name and by its number, as the code table has them."""
    found: dict[str, Says] = {}
    for code, name, reason, status in codes.table().filter(code_system="infobip_status").select("code", "name", "reason", "status").iter_rows():
        says = _says(status, reason)
        found |= {code: says, name: says}
    return found


def _says(status: Status, reason: str | None) -> Says:
    return Says(status, reason=reason, said_by="gateway" if status in _OWN else None)


STATUSES: Final[Words] = {**_GROUPS, **_listed()}


def _named(fields: Fields) -> Fields:
    """The group in place of a name that nobody knows: it says what became of the message as plainly."""
    name = fields.get("status.name", "").upper()
    group = fields.get("status.groupName", "").upper()
    return fields if name in STATUSES or group not in STATUSES else {path: text for path, text in fields.items() if path != "status.name"}


#: Others have a message's id and a status with a name too.
_NOBODY_ELSES: Final = "status.groupId|status.groupName|error.groupId|error.groupName|bulkId|mccMnc|doneAt"


def _report(*needs: str, submission: bool = False) -> Payload:
    return Payload(
        needs=("messageId", *needs),
        kind="row" if submission else "receipt",
        columns={
            "message_id": "messageId",
            "campaign": ("campaignReferenceId", "bulkId"),
            "recipient": ("to", "destination"),
            "sender": ("from", "sender"),
            "client_ref": "callbackData",
            "mccmnc": "mccMnc",
            "parts": ("smsCount", "messageCount"),
            "status": ("status.name", "status.groupName", "status.id"),
            "detail": "status.description",
            "code": ("error.id", "error.name"),
            "submit": "sentAt",
            "happened": "doneAt",
        },
        statuses=STATUSES,
        code_system="infobip",
        international=True,
        ignored=("status.groupId", "error.groupId", "error.description"),
        prepare=_named,
    )


_STATUSES_OF: Final = ("status.groupName", "status.name", "status.id")
_ROWS: Final = tuple((path, text, "sentAt") for text in ("text", "content.text") for path in _STATUSES_OF)
_NOT_ROUTEES: Final = "!status.updatedDate"

FORMAT: Final = engine.make(
    Description(
        name="infobip",
        title="Infobip: delivery reports and message logs",
        kept=("price.currency", "error.groupName", "platform.entityId", "platform.applicationId"),
        payloads=(
            *(_report(_NOBODY_ELSES, *needs, submission=True) for needs in _ROWS),
            *(_report(_NOBODY_ELSES, path) for path in _STATUSES_OF),
            *(replace(_report(*needs, _NOT_ROUTEES, submission=True), general=True) for needs in _ROWS),
            *(replace(_report(path, _NOT_ROUTEES), general=True) for path in _STATUSES_OF),
            Payload(needs=("messageId", "receivedAt", "to", "from", "!status.name"), kind="skip"),
        ),
        parts="one",
        validity=timedelta(hours=48),
    )
)
