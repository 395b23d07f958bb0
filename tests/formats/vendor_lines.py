"""Records of the vendors with message text in them, for the test that it gets nowhere (`tests/commands/test_loader.py`)."""

from typing import Final

from tests import kannel_log as log

_TEXT: Final = log.SECRET
LINES: Final[dict[str, tuple[str, ...]]] = {
    "africastalking": (
        f"2026-03-18T09:14:12+01:00 id=ATXid_01&status=Success&phoneNumber=%2B254711000001&networkCode=63902&text={_TEXT}+{_TEXT}",
        f'2026-03-18T09:14:12+01:00 {{"id": "ATXid_02", "status": "Failed", "phoneNumber": "+254711000002", "message": "{_TEXT}"}}',
    ),
    "alibaba": (
        f'[{{"phone_number": "13800000001", "report_time": "2026-03-18 16:14:06", "success": true, "biz_id": "9001", "content": "{_TEXT} {_TEXT}"}}]',
        f'{{"PhoneNumber": "13800000002", "SendStatus": 2, "BizId": "9002", "ReceiveDate": "2026-03-18 16:14:06", "note": "{_TEXT} og {_TEXT} og"}}',
    ),
    "android_sms_gateway": (
        f'{{"event": "sms:delivered", "payload": {{"messageId": "a1", "phoneNumber": "+4740000001", "deliveredAt": "2026-03-18T09:14:06+01:00", "message": "{_TEXT}"}}}}',
        f'{{"event": "sms:sent", "payload": {{"messageId": "a2", "phoneNumber": "+4740000002", "sentAt": "2026-03-18T09:14:06+01:00", "body": "{_TEXT} {_TEXT}"}}}}',
    ),
    "bandwidth": (
        f'[{{"time": "2026-03-18T08:14:06Z", "type": "message-delivered", "to": "+4740000001", "message": {{"id": "b1", "owner": "o", "direction": "out", "text": "{_TEXT}"}}}}]',
        f'[{{"time": "2026-03-18T08:14:07Z", "type": "message-failed", "to": "+4740000002", "message": {{"id": "b2", "owner": "o", "direction": "out", "text": "{_TEXT} {_TEXT}"}}}}]',
    ),
    "clickatell": (
        f"apiMsgId=c1&timestamp=1773821646&to=4740000001&status=004&text={_TEXT}+{_TEXT}",
        f'{{"integrationName": "n", "messageId": "c2", "requestId": "r", "statusCode": 7, "timestamp": 1773821646123, "content": "{_TEXT}"}}',
    ),
    "clicksend": (
        f"timestamp_send=1773821641&timestamp=1773821646&message_id=s1&status_code=201&body={_TEXT}+{_TEXT}",
        f'{{"timestamp_send": 1773821641, "timestamp": 1773821646, "message_id": "s2", "status_code": 301, "body": "{_TEXT}"}}',
    ),
    "cpsms": (
        f'{{"to": "4540000001", "from": "K", "pointPrice": 1, "dlrStatus": 1, "timeSent": 1773821641, "message": "{_TEXT}"}}',
        f'{{"to": "4540000002", "from": "K", "pointPrice": 1, "dlrStatus": 0, "timeSent": 1773821642, "memo": "{_TEXT} og {_TEXT} og"}}',
    ),
    "esendex": (
        f"<MessageDelivered><MessageId>e1</MessageId><AccountId>a</AccountId><OccurredAt>2026-03-18T08:14:06</OccurredAt><Text>{_TEXT}</Text></MessageDelivered>",
        f"<MessageFailed><MessageId>e2</MessageId><AccountId>a</AccountId><OccurredAt>2026-03-18T08:14:06</OccurredAt><Body>{_TEXT} {_TEXT}</Body></MessageFailed>",
    ),
    "gammu": (
        f'{{"ID": "41", "DestinationNumber": "+4740000001", "SendingDateTime": "2026-03-18 09:14:01", "SequencePosition": "1", "Status": "SendingOK", "TextDecoded": "{_TEXT}"}}',
        f'{{"ID": "42", "DestinationNumber": "+4740000002", "SendingDateTime": "2026-03-18 09:14:02", "SequencePosition": "1", "Status": "DeliveryOK", "Text": "{_TEXT.encode("utf-16-be").hex()}"}}',
    ),
    "inmobile": (
        f'{{"received": "2026-03-18T09:14:06+01:00", "messageId": "i1", "numberDetails": {{"rawMsisdn": "4740000001"}}, "deliveryInfo": {{"stateCode": 1}}, "text": "{_TEXT}"}}',
        f'{{"received": "2026-03-18T09:14:06+01:00", "messageId": "i2", "numberDetails": {{"rawMsisdn": "4740000002"}}, "deliveryInfo": {{"stateCode": -1}}, "body": "{_TEXT} {_TEXT}"}}',
    ),
    "messagemedia": (
        f'{{"delivery_report_id": "d1", "message_id": "m1", "status": "delivered", "date_received": "2026-03-18T08:14:06Z", "original_text": "{_TEXT} {_TEXT}"}}',
        f'{{"delivery_report_id": "d2", "message_id": "m2", "status": "rejected", "date_received": "2026-03-18T08:14:06Z", "content": "{_TEXT}"}}',
    ),
    "msg91": (
        f'{{"date": "2026-03-18 14:46:20", "number": "919500000001", "requestId": "r1", "status": "1", "desc": "DELIVERED", "message": "{_TEXT}"}}',
        f'{{"deliveryTime": "2026-03-18 14:46:20", "telNum": "919500000002", "requestId": "r2", "status": "2", "msgData": "{_TEXT} {_TEXT}"}}',
    ),
    "playsms": (
        f'{{"smslog_id": "1", "dst": "+4740000001", "dt": "2026-03-18 09:14:01", "status": "3", "msg": "{_TEXT}"}}',
        f'{{"smslog_id": "2", "p_dst": "+4740000002", "p_datetime": "2026-03-18 09:14:01", "p_status": "1", "p_msg": "{_TEXT} {_TEXT}"}}',
    ),
    "routee": (
        f'{{"messageId": "r1", "smsId": "s1", "to": "+4740000001", "status": {{"name": "Delivered", "updatedDate": "2026-03-18T08:14:06Z"}}, "message": "{_TEXT}"}}',
        f'{{"messageId": "r2", "smsId": "s2", "to": "+4740000002", "status": {{"name": "Sent", "updatedDate": "2026-03-18T08:14:06Z"}}, "body": "{_TEXT} {_TEXT}"}}',
    ),
    "sendega": (
        f"msgid=1&msisdn=4740000001&errorcode=100&status=4&statustext=delivered&delivered=2026-03-18T09:14:06&msg={_TEXT}+{_TEXT}",
        f"msgid=2&recipient=4740000002&statusid=5&statusUpdated=2026-03-18T09:14:06&errorcode=106&content={_TEXT}",
    ),
    "smsapi": (
        f"MsgId=1,2&status=404,405&donedate=1773821646,1773821647&to=48500000001,48500000002&text={_TEXT}+{_TEXT}",
        f'{{"MsgId": "3", "status": "404", "donedate": 1773821646, "to": "48500000003", "message": "{_TEXT}"}}',
    ),
    "smstools": (
        f"2026-03-18 09:14:01,5, GSM1: SMS sent, Message_id: 117, To: 4740000001, sending time 2 sec. {_TEXT}",
        f"2026-03-18 09:14:06,5, GSM1: SMS received (report, Message_id: 117, Status: 0,{_TEXT}), From: 4740000001",
    ),
}
