"""SMPP receipts that a program has cut into fields, one object or row each.

Producer:  any program that writes the fields of a receipt's text (SMPP 3.4 Appendix B) one by one: a library's parsed receipt as JSON, a table of them.
Holds:     receipts. Submissions stand elsewhere: load them as `table` with the same feed.
Clock:     done date and submit date (YYMMDDhhmm, with seconds, or with a four-digit year) are the operator's (`--receipt-zone`) and no Unix seconds
           where they are dates; a time in front of the record, or in its envelope, is the log's.
Ids:       receipted_message_id, else id; where both are there and differ, the text's is kept in extra as text_id.
Parts:     one receipt per part where every part asked; nothing ties parts together.
Columns:   id = message_id, stat = status, err = code_raw, done date and submit date = the operator's times; source_addr = recipient and destination_addr =
           sender, since a receipt travels from the handset to us (the other way round where only the second is a number); smsc, cid = feed.
Statuses:  the words of SMPP receipts (DELIVRD, UNDELIV, EXPIRED, ...).
Codes:     `err` belongs to the connection (`[feeds.NAME] code_system`).
Traps:     names of fields are read in any letter case, with `_`, a blank or nothing between their words. A record without dates and `dlvrd` is read, but tells
           only with a word of SMPP in `stat` that the file is of this format.
Missing:   message text is masked; `sub` and `dlvrd` are kept and not interpreted.
Sample:    {"id":"5C01A9","sub":"001","dlvrd":"001","submit_date":"2603180914","done_date":"2603180914","stat":"DELIVRD","err":"000","source_addr":"4740000001"}
"""

import re
from typing import Final

from sms_analytics.formats.engine import described as engine
from sms_analytics.formats.engine import receipt_text
from sms_analytics.formats.engine.description import Description, Fields, Payload, Time
from sms_analytics.formats.engine.written_times import OF_RECEIPTS

_TLV_IDS: Final = ("receipted_message_id", "receiptedmessageid")
_IDS: Final = (*_TLV_IDS, "id", "message_id", "messageid", "msgid")
_DONE: Final = ("done_date", "donedate", "done date")
_SUBMIT: Final = ("submit_date", "submitdate", "submit date")
_SOURCE: Final = ("source_addr", "sourceaddr", "source", "src")
_DESTINATION: Final = ("destination_addr", "destinationaddr", "dest_addr", "destination", "dst")
_CODE: Final = ("err", "error_code")
_WORD: Final = "|".join(sorted(receipt_text.STATUS_WORDS))
_HANDSET: Final = re.compile(r"\+?[0-9]{5,15}")
_DATE: Final = Time(formats=(OF_RECEIPTS,), lenient=True)


def _prepared(fields: Fields) -> Fields:
    """The handset and our own number, whichever way the program wrote them; the text's id under a name of its own beside another one."""
    tlv = next((fields[path] for path in _TLV_IDS if path in fields), None)
    if tlv and "id" in fields and (written := fields.pop("id")) != tlv:
        fields["text_id"] = written
    source, destination = (next((fields.pop(path) for path in paths if path in fields), None) for paths in (_SOURCE, _DESTINATION))
    if destination and _HANDSET.fullmatch(destination) and not (source and _HANDSET.fullmatch(source)):
        source, destination = destination, source
    ends = {"handset": source if source and _HANDSET.fullmatch(source) else None, "own end": destination}
    return fields | {name: text for name, text in ends.items() if text}


def _receipt(*needs: str) -> Payload:
    return Payload(
        needs=("|".join(("id", *_IDS)), *needs),
        columns={
            "feed": ("smsc", "smsc_id", "cid", "system_id", "connector"),
            "message_id": _IDS,
            "status": "stat",
            "code": _CODE,
            "happened": _DONE,
            "submit": _SUBMIT,
            "recipient": "handset",
            "sender": "own end",
        },
        statuses=receipt_text.WORDS,
        code_system="smpp",
        times={"happened": _DATE, "submit": _DATE},
        empty=("ND", "None", "null"),
        ignored=(*_SOURCE, *_DESTINATION),
        prepare=_prepared,
    )


FORMAT: Final = engine.make(
    Description(
        name="parsed_receipt",
        title="SMPP receipts cut into fields, as JSON or a table",
        payloads=(
            _receipt("stat", "|".join((*_DONE, *_SUBMIT, "dlvrd"))),
            _receipt(f"stat~(?i)^(?:{_WORD})$", "|".join(_CODE)),
        ),
        parts="each",
        any_case=True,
        kept=("text_id",),
    )
)
