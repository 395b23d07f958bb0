"""Alibaba Cloud SMS: SmsReport by HTTP, by message queue, and the international webhook.

Producer:  Alibaba Cloud (Aliyun), logged by whoever received its pushes: JSON arrays of reports.
Holds:     receipts, with the time at which the message was sent.
Clock:     report_time, ReceiveDate: when the operator reported; send_time, SendDate: when it was handed over. In the Chinese pushes without an offset
           (`--receipt-zone`, China is Asia/Shanghai), in the international one with.
Ids:       biz_id, BizId: the same for all recipients of a request, so the recipient belongs to it; MessageId in the international push.
Parts:     one report for the whole message; sms_size = how many parts.
Columns:   biz_id, MessageId = message_id; phone_number, To = recipient; out_id, ExternalId = client_ref; TaskId = campaign; success, Status = status;
           err_code = code_raw; err_msg = detail; sms_size = parts; the rest = extra.
Statuses:  success true = delivered, false = undelivered. International: 1 (sent) = accepted, since the page does not say that a phone confirmed; 2 = undelivered;
           6 = expired. Queue: 1 = submitted; 2 = undelivered; 3 = delivered.
Codes:     err_code is a word of `alibaba`, or the operator's own code.
Traps:     Chinese numbers are national (`home_country = "CN"` in the configuration makes them +86). DELIVERED and success are no errors. A report may
           come again.
Missing:   sender and operator. Replies (SmsUp) are skipped.
Sample:    [{"phone_number":"13800000001","send_time":"2026-03-18 16:14:01","report_time":"2026-03-18 16:14:06","success":true,"err_code":"DELIVERED","sms_size":"1","biz_id":"12345"}]
"""

from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine.description import Description, Payload, Says, Time, Words

_SUCCESS: Final = ("DELIVERED", "DELIVRD", "success", "SUCCESS", "OK")
_RFC: Final = Time(formats=("%a, %d %b %Y %H:%M:%S %z",))

_HTTP: Final = Payload(
    needs=("biz_id", "phone_number", "success"),
    columns={
        "message_id": "biz_id",
        "recipient": "phone_number",
        "client_ref": "out_id",
        "status": "success",
        "code": "err_code",
        "detail": "err_msg",
        "parts": "sms_size",
        "submit": "send_time",
        "happened": "report_time",
    },
    statuses={"true": "delivered", "false": "undelivered"},
    code_system="alibaba",
    no_code=_SUCCESS,
    id_per_recipient=True,
)

INTERNATIONAL: Final[Words] = {"1": "accepted", "2": "undelivered", "6": "expired"}
_WEBHOOK: Final = Payload(
    needs=("MessageId", "To", "Status", "SendDate", "ReceiveDate"),
    columns={
        "message_id": "MessageId",
        "recipient": "To",
        "campaign": "TaskId",
        "status": "Status",
        "code": "ErrorCode",
        "detail": "ErrorDescription",
        "parts": "SmsSize",
        "submit": "SendDate",
        "happened": "ReceiveDate",
    },
    statuses=INTERNATIONAL,
    code_system="alibaba",
    no_code=_SUCCESS,
    times={"submit": _RFC, "happened": _RFC},
    international=True,
)

QUEUE: Final[Words] = {"1": Says("submitted", said_by="gateway"), "2": "undelivered", "3": "delivered"}
_QUEUE: Final = Payload(
    needs=("BizId", "PhoneNumber", "SendStatus"),
    columns={
        "message_id": "BizId",
        "recipient": "PhoneNumber",
        "client_ref": ("ExternalId", "OutId"),
        "status": "SendStatus",
        "code": ("ErrorCode", "ErrCode"),
        "detail": ("ErrorMessage", "ErrMsg"),
        "parts": "SmsQuantity",
        "submit": "SendDate",
        "happened": "ReceiveDate",
    },
    statuses=QUEUE,
    code_system="alibaba",
    no_code=_SUCCESS,
    id_per_recipient=True,
)

FORMAT: Final = engine.make(
    Description(
        name="alibaba",
        title="Alibaba Cloud SMS: SmsReport, international webhook",
        payloads=(Payload(needs=("phone_number", "dest_code", "sequence_id", "content"), kind="skip"), _HTTP, _WEBHOOK, _QUEUE),
        parts="one",
    )
)
