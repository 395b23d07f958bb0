"""A small database loaded from raw Kannel and Jasmin lines and a portal's export, for the tests of what people see."""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from sms_analytics.commands.loader import LoadReport, load

_SENT: Final = (
    "{time} Sent SMS [SMSC:{feed}] [SVC:{account}] [ACT:] [BINF:{campaign}] [FID:{id}] [META:?smpp?] [from:Klinikken] [to:{to}] "
    "[flags:-1:0:-1:0:31] [msg:8:Hemmelig] [udh:0:]"
)
_RECEIVED: Final = (
    "{time} Receive DLR [SMSC:{feed}] [SVC:{account}] [ACT:] [BINF:{campaign}] [FID:{id}] [META:?smpp?] [from:Klinikken] [to:{to}] "
    "[flags:-1:-1:-1:-1:{mask}] [msg:121:id:{id} sub:001 dlvrd:001 submit date:2610011000 done date:{done} stat:{stat} err:{err} text:Hemmelig] [udh:0:]"
)
_USUAL: Final = {"feed": "telenor1", "account": "klinikk1", "campaign": "K40"}


def sent(time: str, id: str, to: str, **fields: str) -> str:
    """A line of Kannel's access log: handed over."""
    return _SENT.format(time=time, id=id, to=to, **_USUAL | fields)


def received(time: str, id: str, to: str, *, done: str, stat: str = "DELIVRD", err: str = "000", mask: str = "1", **fields: str) -> str:
    """A line of Kannel's access log: a receipt. `done` is ten digits, to the minute."""
    return _RECEIVED.format(time=time, id=id, to=to, done=done, stat=stat, err=err, mask=mask, **_USUAL | fields)


#: Delivered after a pause out of coverage, failed, silent, delivered late enough to end the wait for the silent one; one line is damaged.
KANNEL: Final = (
    sent("2026-10-01 10:00:05", "00A1B2C3", "+4740000001"),
    received("2026-10-01 10:00:20", "00A1B2C3", "+4740000001", done="2610011000", stat="ENROUTE", err="027", mask="4"),
    received("2026-10-01 12:30:44", "00A1B2C3", "+4740000001", done="2610011230"),
    sent("2026-10-01 10:00:06", "00A1B2C4", "+4740000002", account="bank1", campaign="B41"),
    received(
        "2026-10-01 10:00:31", "00A1B2C4", "+4740000002", done="2610011000", stat="UNDELIV", err="001", mask="2", account="bank1", campaign="B41"
    ),
    sent("2026-10-01 10:00:07", "00A1B2C5", "+4740000003"),
    "2026-10-01 10:00:08 Sent SMS [SMSC:telenor1] [SVC:klinikk1] [to:+4740000009] Hemmelig",
    sent("2026-10-20 10:00:00", "00A1B2C6", "+4740000001"),
    received("2026-10-20 10:00:09", "00A1B2C6", "+4740000001", done="2610201000"),
)
#: Receipts write the submission's hexadecimal id in decimal: 3f2aad21 is 1059761441.
JASMIN: Final = (
    "2026-10-19 08:10:51 INFO     1 SMS-MT [cid:nordic1] [queue-msgid:20d6227d-b2f8-4c84-b975-03155315a382] [smpp-msgid:b'3f2aad21'] "
    "[status:CommandStatus.ESME_ROK] [prio:0] [dlr:RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED] [validity:none] [from:b'Testavisen'] "
    "[to:b'4520000160'] [content:b'Hemmelig'] [tlvs:none]",
    "2026-10-19 08:10:55 INFO     1 DLR [cid:nordic1] [smpp-msgid:1059761441] [status:DELIVRD] [submit date:2610190810] [done date:2610190810] "
    "[sub/dlvrd messages:001/001] [err:000] [content:'Hemmelig']",
)
#: An export whose rows have the operator's own text.
TABLE: Final = (
    "Meldings-ID;Mottaker;Status;Teleoperatør;Tidspunkt;Tilbakemelding;Kundereferanse",
    "7000010;400 00 010;SMS feilet;Telia;01.10.2026 11:00;Abonnenten finnes ikke;ordre-17",
)
CONFIGURATION: Final = """
time_zone = "Europe/Oslo"
[feeds.telenor1]
operator = "Telenor"
code_system = "map"
"""


def write_logs(folder: Path) -> Path:
    """The logs and their configuration below `folder`; returns the folder of the logs."""
    logs = folder / "logs"
    logs.mkdir(parents=True)
    (logs / "access.log").write_text("".join(f"{line}\n" for line in KANNEL), "utf-8")
    (logs / "messages.log").write_text("".join(f"{line}\n" for line in JASMIN), "utf-8")
    (logs / "export.csv").write_text("".join(f"{line}\n" for line in TABLE), "utf-8")
    (folder / "sms_analytics.toml").write_text(CONFIGURATION, "utf-8")
    return logs


@cache
def _loaded_once() -> tuple[TemporaryDirectory[str], LoadReport]:
    """The same in a folder that lives as long as the process, for copying."""
    folder = TemporaryDirectory(prefix="small_database-")
    return folder, load(str(write_logs(Path(folder.name))), db=Path(folder.name) / "sms.duckdb")


def loaded(folder: Path) -> tuple[Path, LoadReport]:
    """A database of these logs in `folder`, beside its configuration, and the report of the load: a copy of one that was loaded elsewhere before."""
    write_logs(folder)
    source, report = _loaded_once()
    db = Path(shutil.copy(Path(source.name) / "sms.duckdb", folder))
    mode = db.stat().st_mode
    db.chmod(0o600)
    with duckdb.connect(str(db)) as connection:
        connection.execute("UPDATE loads SET path = replace(path, $elsewhere, $here)", {"elsewhere": source.name, "here": str(folder)})
    db.chmod(mode)
    return db, replace(
        report,
        loads=[replace(load, path=load.path.replace(source.name, str(folder))) for load in report.loads],
        faults=[fault.replace(source.name, str(folder)) for fault in report.faults],
        warnings=[warning.replace(source.name, str(folder)) for warning in report.warnings],
    )
