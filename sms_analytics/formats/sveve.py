"""Sveve (Norway): delivery reports.

Producer:  Sveve, logged by whoever received its reports: GET lines of a web server, form bodies one a line, JSON of one's own program.
Holds:     receipts.
Clock:     a report has no time: the line's or an envelope's, else the file's.
Ids:       id; ref is the sender's own.
Parts:     one receipt for the whole message.
Columns:   id = message_id; number = recipient; ref = client_ref; status = status; errorCode = code_raw; errorDesc = detail; the rest = extra.
Statuses:  true = delivered; false = undelivered, but with 210, 220 or 230 delivered: these say that the message arrived and what became of the charge.
Codes:     errorCode is Telenor's old list, `telenor_cpa_old`. It may stand beside a delivered message: then it is about the charge alone.
Traps:     number has no plus sign. errorCode and errorDesc are there but empty when nothing is wrong. Without an answer the same report comes again, after
           5 seconds to 4 hours. The names of the keys are taken in any letter case.
Missing:   operator, time and sender, and statuses on the way: a report says only how it ended. Texts and passwords are masked.
Sample:    number=4740000001&status=true&id=42824112&ref=ABC123&errorCode=&errorDesc=
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload
from sms_analytics.formats.engine.telenor_codes import DELIVERED

FORMAT: Final = engine.make(
    Description(
        name="sveve",
        title="Sveve: delivery reports",
        payloads=(
            Payload(
                needs=(r"id~^\d+$", "status", r"number~^\+?\d{4,15}$"),
                columns={
                    "message_id": "id",
                    "recipient": "number",
                    "client_ref": "ref",
                    "status": "status",
                    "code": "errorCode",
                    "detail": "errorDesc",
                },
                statuses={"true": "delivered", "false": "undelivered"},
                code_system="telenor_cpa_old",
                codes=DELIVERED,
                no_code=("0", "000"),
                international=True,
            ),
        ),
        parts="one",
        any_case=True,
    )
)
