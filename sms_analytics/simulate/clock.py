"""The simulated period and how each log writes a time. Times are whole seconds since 1970 in UTC until they are written."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

OSLO: Final = ZoneInfo("Europe/Oslo")
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400

#: The first day. The clocks go back on 2026-10-25, the last day of the fourth week.
FIRST_DAY: Final = datetime(2026, 9, 28, tzinfo=OSLO)
#: 02:00 to 03:00 local time on 2026-10-25, which happens twice.
REPEATED_HOUR: Final = (int(datetime(2026, 10, 25, 0, tzinfo=UTC).timestamp()), int(datetime(2026, 10, 25, 2, tzinfo=UTC).timestamp()))

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(days: float, hour: int = 0, minute: int = 0) -> int:
    """Seconds of the local clock time `hour:minute`, `days` days after the first day."""
    return int((FIRST_DAY + timedelta(days=days, hours=hour, minutes=minute)).timestamp())


def local(seconds: int) -> datetime:
    """The Norwegian clock."""
    return datetime.fromtimestamp(seconds, OSLO)


def day(seconds: int) -> str:
    """The Norwegian date, `2026-10-01`."""
    return local(seconds).isoformat()[:10]


def stamp(seconds: int) -> str:
    """`2026-10-01 09:14:05`, the gateways' own clock."""
    return local(seconds).isoformat(sep=" ")[:19]


def with_offset(seconds: int) -> str:
    """`2026-10-01T09:14:05+02:00`."""
    return local(seconds).isoformat()


def web_server(seconds: int) -> str:
    """`01/Oct/2026:09:14:05 +0200`."""
    text = local(seconds).isoformat()
    return f"{text[8:10]}/{_MONTHS[int(text[5:7]) - 1]}/{text[:4]}:{text[11:19]} {text[19:22]}{text[23:25]}"


def norwegian(seconds: int) -> str:
    """`01.10.2026 09:14:05`."""
    text = local(seconds).isoformat()
    return f"{text[8:10]}.{text[5:7]}.{text[:4]} {text[11:19]}"


def receipt_date(seconds: int, zone: tzinfo, digits: int = 10) -> str:
    """`2610010914`, or with twelve digits `261001091405`: the dates inside a receipt text."""
    text = datetime.fromtimestamp(seconds, zone).isoformat()
    return (text[2:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19])[:digits]


def utc(seconds: int) -> str:
    """`2026-10-01 07:14:05`, naive UTC as in the tables."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(sep=" ")[:19]
