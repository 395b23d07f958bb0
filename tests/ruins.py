"""Damaged logs, random bytes and files that are no logs at all: what a load must count and tell of, and never trip over."""

import gzip
import re
from pathlib import Path
from random import Random

from sms_analytics.simulate.simulation import simulate
from tests import kannel_log as log
from tests.reading.test_sources import packed_zstd

MAGICS = (
    b"PAR1",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b\x08\x00",
    b"\x28\xb5\x2f\xfd",
    b"\xff\xfe",
    b"{",
    b"[",
    b"sep=",
    b'"',
    b"\xef\xbb\xbf",
)
OTHERS = {
    "syslog": "Mar 18 09:14:01 host sshd[812]: Accepted publickey for root from 203.0.113.7 port 51234 ssh2\n",
    "nginx.log": '203.0.113.9 - - [18/Mar/2026:09:14:12 +0100] "GET /index.html HTTP/1.1" 200 4\n',
    "postfix": "Mar 18 09:14:01 host postfix/smtp[1]: 5C01A9: to=<a@example.org>, relay=x, status=sent (250 ok)\n",
    "java.log": "2026-03-18 09:14:01,123 ERROR [main] Foo - java.lang.NullPointerException\n\tat Foo.bar(Foo.java:12)\n",
    "prices.csv": "Vare;Pris\nBrød;30\nMelk;20\n",
    "data.json": '{"a": [1, 2, {"b": null}]}\n[1,2]\n"x"\n',
    "deep.json": "[" * 3000 + "\n",
    "blank": "\n" * 80 + " \t\r\n",
    "nul": "\0" * 5000,
    "odd years": "\n".join(log.sent(7, log.START).replace("2026-03-18", day) for day in ("0000-01-01", "0001-01-01", "9999-12-31", "2026-02-30")),
}


def damaged(content: bytes, rng: Random) -> bytes:
    """The content cut, flipped, doubled, mixed or torn, as disks and networks do it."""
    start, end = sorted((rng.randrange(len(content)), rng.randrange(len(content))))
    ways = (
        lambda: content[:end],
        lambda: content[start:end],
        lambda: content[:start] + rng.randbytes(rng.randrange(1, 300)) + content[end:],
        lambda: bytes(byte ^ (1 << rng.randrange(8)) if rng.random() < 0.002 else byte for byte in content),
        lambda: content[:start] + bytes(rng.randrange(1, 4000)) + content[start:],
        lambda: content[:end] + content[start:],
        lambda: gzip.compress(content)[: rng.randrange(20, 2000)],
        lambda: packed_zstd(content)[: rng.randrange(20, 2000)],
        lambda: content.decode(errors="replace").encode("utf-16")[: end | 1],
    )
    return ways[rng.randrange(len(ways))]()


def made(folder: Path, seed: int, *, logs: int = 24, noise: int = 6) -> Path:
    """A folder with `logs` damaged logs of all formats, `noise` files of random bytes, and other programs' files."""
    rng = Random(seed)
    simulate(120, seed, folder / "simulated")
    whole = sorted(path for path in (folder / "simulated" / "logs").rglob("*") if path.is_file() and path.suffix not in (".gz", ".zst"))
    ruins = folder / "ruins"
    ruins.mkdir()
    for number in range(logs):
        (ruins / f"damaged{number}.log").write_bytes(damaged(whole[number % len(whole)].read_bytes()[:20_000], rng))
    for number in range(noise):
        (ruins / f"random{number}").write_bytes(rng.randbytes(rng.randrange(1, 3000)))
    for number, magic in enumerate(MAGICS):
        (ruins / f"magic{number}").write_bytes(magic + rng.randbytes(rng.randrange(200)))
    for name, text in OTHERS.items():
        (ruins / name).write_text(text)
    return ruins


def tell_nothing(texts: list[str]) -> None:
    """Each text is one line, and says nobody's number and nothing of a message."""
    for text in texts:
        assert "\n" not in text
        assert "Traceback" not in text
        assert not re.search(r"(?<!\w)\+?(?:47)?4000\d{4}(?!\w)", text), text
        assert log.SECRET not in text


def check(ruins: Path, db: Path, format: str | None) -> None:
    """Loads the ruins: every file is counted or told of, every line is in one of the counts."""
    report = log.load(db, ruins, format=format, time_zone=log.ZONE, receipt_zone="UTC")
    read = {load["path"]: load for load in log.loads(db)}
    tell_nothing([*report.faults, *report.warnings])
    files = {str(path) for path in ruins.iterdir()}
    told = {path for path in files for text in [*report.faults, *report.warnings] if text.startswith(f"{path}: ")}
    assert files == read.keys() | told | set(report.known)
    for path, load in read.items():
        content = Path(path).read_bytes()
        if load["state"] == "refused" and content[:2] not in (b"\x1f\x8b", b"\x28\xb5", b"\xff\xfe") and b"\0" not in content:
            assert load["records"] == content.count(b"\n") + (not content.endswith(b"\n"))
    messages = log.messages(db)
    assert len(messages) == len({message["message_key"] for message in messages})
