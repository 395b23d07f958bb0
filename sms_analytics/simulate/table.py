"""A customer's list of messages from the provider's portal, one file for each customer, in Norwegian."""

from collections.abc import Callable
from random import Random
from typing import Final

from sms_analytics.simulate.clock import norwegian
from sms_analytics.simulate.logs import Log
from sms_analytics.simulate.messages import Message, Period, Receipt
from sms_analytics.simulate.world import CUSTOMERS
from sms_analytics.vocabulary import Status

HEADER: Final = (
    "Mottaker",
    "Avsender",
    "Planlagt",
    "Sendt",
    "Status",
    "Statustid",
    "Operatør",
    "Land",
    "Referanse",
    "Utsendelse",
    "Konto",
    "Pris",
    "Melding-ID",
    "Feiltekst",
)
_LABELS: Final[dict[Status, str]] = {
    "scheduled": "Venter utsendelse",
    "awaiting_approval": "Til godkjenning",
    "paused": "Pause",
    "submitted": "Venter status",
    "buffered": "Uten dekning",
    "delivered": "Bekreftet levert",
    "undelivered": "SMS feilet",
    "expired": "SMS feilet",
    "stopped": "Stanset",
    "no_report": "Ingen status mottatt",
}
_ERRORS: Final = {1: "Nummeret er ikke lenger i bruk", 13: "Abonnenten er sperret", 27: "Telefonen er slått av eller uten dekning"}
_STOPS: Final = {"cancelled": "Stanset av avsender", "opted_out": "Mottakeren står på STOPP-listen"}
_COUNTRIES: Final = {"NO": "Norge", "SE": "Sverige", "DK": "Danmark"}


def _grouped(number: str) -> str:
    """A Norwegian number as people write it, others as they are."""
    return f"{number[3:6]} {number[6:8]} {number[8:]}" if number.startswith("+47") else number


#: Each customer's encoding and way of writing numbers.
_STYLES: Final[dict[str, tuple[str, Callable[[str], str]]]] = {"bank1": ("latin-1", str), "avis1": ("utf-8-sig", _grouped)}


def _state(message: Message, period: Period) -> Receipt:
    """The last known status when the list was saved."""
    if message.story.gateway:
        return Receipt(message.story.gateway, message.submitted, message.submitted)
    handed_over = Receipt("submitted", message.submitted + 1, message.submitted + 1)
    return max([handed_over, *message.visible(period.end)], key=lambda receipt: receipt.at)


def _row(message: Message, period: Period) -> str:
    state = _state(message, period)
    account = message.account
    fields = (
        _STYLES[account][1](message.recipient),
        CUSTOMERS[account].sender,
        norwegian(message.planned) if message.planned else "",
        "" if message.story.gateway else norwegian(message.submitted),
        _LABELS[state.status],
        norwegian(state.at),
        message.network.name,
        _COUNTRIES[message.network.country],
        f"{account}-{int(message.message_id) % 1000000:06d}",
        message.campaign,
        account,
        f"{message.price},00" if message.price else "",
        message.message_id,
        _STOPS.get(message.name, _ERRORS.get(state.code, "")),
    )
    return ";".join(fields)


def _list(account: str) -> Log:
    return Log("table", lambda _: f"meldinger_{account}.csv", _STYLES[account][0])


def logs(messages: list[Message], period: Period, rng: Random) -> list[Log]:
    """The customers' lists, in the order of hand-over."""
    del rng
    lists = {account: _list(account) for account in _STYLES}
    for log in lists.values():
        log.add(period.start, ";".join(HEADER))
    for message in messages:
        lists[message.account].add(message.submitted, _row(message, period))
    return list(lists.values())


def parts(message: Message) -> None:
    """The list does not tell the number of parts."""
    del message
