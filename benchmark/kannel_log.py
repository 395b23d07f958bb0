"""A large Kannel access log, made fast: many days, three feeds, all lines understood by the format's documentation."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

FEEDS = ("telenor1", "telia1", "ice1")
_TEXT = "Hei, husk timen din hos oss i morgen kl 9!"
_START = datetime(2026, 3, 1)  # noqa: DTZ001  # the log's own clock has no zone
#: Submissions per second of the log.
_RATE = 4
#: Receipts come this many submissions later.
_DELAY = 50


def write(path: Path, lines: int, seed: int = 1, feeds: tuple[str, ...] = FEEDS) -> None:
    """Writes about `lines` lines, half of them submissions; one message in 20 fails. The feeds take turns; one can be named often."""
    random = Random(seed)
    waiting: list[tuple[int, str, str, str]] = []
    with path.open("w", encoding="utf-8") as file:
        file.write("2026-03-01 00:00:00 Log begins\n")
        for number in range(lines // 2):
            stamp = f"{_START + timedelta(seconds=number // _RATE):%Y-%m-%d %H:%M:%S}"
            fid, recipient = f"{random.getrandbits(32):08X}", f"+4740{random.randrange(10**6):06d}"
            feed = feeds[number % len(feeds)]
            file.write(_submission(stamp, number, feed, fid, recipient))
            waiting.append((number, feed, fid, recipient))
            if len(waiting) > _DELAY:
                file.write(_receipt(stamp, *waiting.pop(0)))


def _tokens(number: int, feed: str, fid: str, recipient: str, *, act: str = "", meta: str = "") -> str:
    account = f"kunde{number % 9}"
    return f"[SMSC:{feed}] [SVC:{account}] [ACT:{act}] [BINF:] [FID:{fid}] [META:?smpp?{meta}] [from:Klinikken] [to:{recipient}]"


def _submission(stamp: str, number: int, feed: str, fid: str, recipient: str) -> str:
    return f"{stamp} Sent SMS {_tokens(number, feed, fid, recipient)} [flags:-1:0:-1:-1:31] [msg:{len(_TEXT)}:{_TEXT}] [udh:0:]\n"


def _receipt(stamp: str, number: int, feed: str, fid: str, recipient: str) -> str:
    stat, err, mask = ("UNDELIV", "001", 2) if number % 20 == 0 else ("DELIVRD", "000", 1)
    date = stamp[2:16].replace("-", "").replace(":", "").replace(" ", "")
    text = f"id:{fid} sub:001 dlvrd:001 submit date:{date} done date:{date} stat:{stat} err:{err} text:{_TEXT[:20]}"
    tokens = _tokens(number, feed, fid, recipient, act="esme7", meta="dlr_err=%03%00%00&")
    return f"{stamp} Receive DLR {tokens} [flags:-1:-1:-1:-1:{mask}] [msg:{len(text)}:{text}] [udh:0:]\n"
