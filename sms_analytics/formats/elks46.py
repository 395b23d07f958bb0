"""46elks (Sweden): delivery reports, and messages as the API lists them.

Producer:  46elks, logged by whoever received its reports (form bodies one a line, JSON of one's own program, GET lines), answers of `POST /sms` and
           `GET /sms` (JSON, `data` in lists).
Holds:     receipts (reports) and, in the API's answers, the submission with the message's last status.
Clock:     `delivered`, only on delivered messages, and `created` are UTC. Otherwise the line's time, an envelope's, else the file's.
Ids:       id: s and 32 hexadecimal digits.
Parts:     one receipt for the whole message; `parts` in the API's answers.
Columns:   id = message_id; status = status; to = recipient; from = sender; parts = parts; delivered = the operator's time; created = when it was handed
           over; the rest = extra, `cost` among it (what the message cost, in ten-thousandths).
Statuses:  created = queued; sent = submitted; delivered; failed = undelivered.
Codes:     none: a failure has no reason.
Traps:     no number in a report, so the submission has to be loaded for the recipient. Without a 2xx answer the same report comes again, at least 5 times
           over 6 hours.
Missing:   operator and reason. A record with another sort of id is taken only if its words and times are those of a report. Incoming messages are skipped.
           `message` is masked.
Sample:    id=s70df59406a1b4643b96f3f91e0bfb7b0&status=delivered&delivered=2026-03-18T08%3A14%3A07.152000
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words

STATUSES: Final[Words] = {
    "created": Says("queued", said_by="gateway"),
    "sent": Says("submitted", said_by="gateway"),
    "delivered": "delivered",
    "failed": "undelivered",
}
_UTC: Final = Time(zone="UTC")
#: What a report has not, and other vendors' records with `id` and `status` have.
_NOBODY_ELSES: Final = ("!direction", "!recipient", "!number", "!msisdn", "!to")


def _report(*needs: str) -> Payload:
    return Payload(
        needs=(*needs, *_NOBODY_ELSES),
        columns={"message_id": "id", "status": "status", "happened": "delivered"},
        statuses=STATUSES,
        times={"happened": _UTC},
    )


_REPORTS: Final = (
    _report("status", "id~(?i)^s[0-9a-f]{32}$"),
    _report("id", r"delivered~^\d{4}-\d\d-\d\d[T ]", "status~(?i)^delivered$"),
    _report("id~(?i)^s[0-9a-f]{7,}$", "status~(?i)^(created|sent|delivered|failed)$"),
)
_MESSAGE: Final = Payload(
    needs=("id", "direction=outgoing", "status", "created"),
    kind="row",
    columns={
        "message_id": "id",
        "status": "status",
        "recipient": "to",
        "sender": "from",
        "parts": "parts",
        "submit": "created",
        "happened": "delivered",
    },
    statuses=STATUSES,
    times={"submit": _UTC, "happened": _UTC},
)
_INCOMING: Final = Payload(needs=("id", "direction=incoming", "from"), kind="skip")

FORMAT: Final = engine.make(
    Description(name="elks46", title="46elks: delivery reports and messages", payloads=(_INCOMING, *_REPORTS, _MESSAGE), parts="one")
)
