"""Writes a simulated period: the logs of every feed, the truth beside them, and the configuration that reads them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

from sms_analytics.config import FILE_NAME
from sms_analytics.database import permissions
from sms_analytics.errors import UsageError
from sms_analytics.simulate import front, jasmin, kannel, smpp, table, truth
from sms_analytics.simulate.clock import utc
from sms_analytics.simulate.logs import Log
from sms_analytics.simulate.logs import write as write_log
from sms_analytics.simulate.messages import Message, Period, generate
from sms_analytics.simulate.world import CAMPAIGNS, CUSTOMERS, FEEDS, TEXTS

__all__ = ["TEXTS", "Simulation", "simulate"]

_LogsOf = Callable[[list[Message], Period, Random], list[Log]]
_WRITERS: Final[dict[str, _LogsOf]] = {"kannel": kannel.logs, "jasmin": jasmin.logs, "front": front.logs, "smpp": smpp.logs, "table": table.logs}
_PARTS: Final[dict[str, Callable[[Message], int | None]]] = {
    "kannel": kannel.parts,
    "jasmin": jasmin.parts,
    "front": front.parts,
    "smpp": smpp.parts,
    "table": table.parts,
}
#: Customers that Front knows by their service number.
_FRONT_ACCOUNTS: Final = {account for feed in FEEDS if feed.format == "front" for account in feed.accounts}


@dataclass(frozen=True)
class Simulation:
    """What was written: `logs` are the paths of the raw logs; the period is in naive UTC, its end exclusive."""

    messages: int
    seed: int
    logs: tuple[Path, ...]
    truth: Path
    config: Path
    first_utc: str
    until_utc: str
    stories: dict[str, int]


def _configuration() -> str:
    lines = ['home_country = "NO"', 'zone = "Europe/Oslo"', 'lang = "nb"', 'time_zone = "Europe/Oslo"', ""]
    lines += ["[table]", 'price = "premium"', ""]
    for feed in FEEDS:
        lines += [f"[feeds.{feed.name}]", 'time_zone = "Europe/Oslo"', f'receipt_zone = "{feed.receipt_zone}"']
        # The operators of this world write GSM codes where others write their own.
        lines += ['code_system = "map"']
        lines += [f'operator = "{feed.operator}"', ""] if feed.operator else [""]
    lines += ["[accounts]", *(f'{customer.account} = "{customer.name}"' for customer in CUSTOMERS.values())]
    lines += [f'{customer.service} = "{customer.name}"' for customer in CUSTOMERS.values() if customer.account in _FRONT_ACCOUNTS]
    lines += ["", "[campaigns]", *(f'{campaign.code} = "{campaign.name}"' for campaign in CAMPAIGNS)]
    return "\n".join(lines) + "\n"


def _as_logged(message: Message) -> Message:
    """The message as the log lets it be known."""
    if message.feed.format == "front":
        return replace(message, account=str(CUSTOMERS[message.account].service))
    return replace(message, submitted=smpp.submitted(message)) if message.feed.format == "smpp" else message


def _truths(by_format: dict[str, list[Message]], period: Period) -> Iterator[tuple[str | int | None, ...]]:
    for name, messages in by_format.items():
        for message in messages:
            yield truth.row(_as_logged(message), period.end, _PARTS[name](message))


def _check(messages: int, weeks: int, out: Path) -> None:
    if messages < 1 or weeks < 1:
        raise UsageError(f"messages={messages}, weeks={weeks}: both must be 1 or more")
    if (out / "logs").exists() and any((out / "logs").iterdir()):
        raise UsageError(f"{out / 'logs'}: already holds files; name an empty folder")


def simulate(messages: int, seed: int, out: Path, *, weeks: int = 4) -> Simulation:
    """Writes `messages` simulated messages: raw logs in `out/logs`, `out/truth.csv` and the configuration `out/sms_analytics.toml`.

    Fewer than 2,000 messages, or less than four weeks, may not have room for every story.

    Raises:
        UsageError: a number below 1, or `out/logs` is not empty.
    """
    _check(messages, weeks, out)
    period = Period(weeks)
    by_format = generate(messages, seed, period)
    logs = out / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, rows in by_format.items():
        for log in _WRITERS[name](rows, period, Random(f"{seed}:{messages}:{name}")):
            paths += write_log(log, logs)
    truth.write(out / "truth.csv", _truths(by_format, period))
    permissions.write(out / FILE_NAME, _configuration().encode())
    return Simulation(
        messages,
        seed,
        tuple(paths),
        out / "truth.csv",
        out / FILE_NAME,
        utc(period.start),
        utc(period.end),
        dict(Counter(message.name for rows in by_format.values() for message in rows).most_common()),
    )
