"""The invented world: networks, feeds, customers, send-outs, numbers and texts. Nobody and nothing in it exists."""

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Network:
    """A recipient's network. `lost` is the share of its messages that never get a status."""

    name: str
    country: str
    lost: float


TELENOR: Final = Network("Telenor", "NO", 0.01)
TELIA: Final = Network("Telia", "NO", 0.03)
ICE: Final = Network("Ice", "NO", 0.08)
SWEDEN: Final = Network("", "SE", 0.02)
DENMARK: Final = Network("", "DK", 0.01)
FINLAND: Final = Network("", "FI", 0.04)
BRITAIN: Final = Network("", "GB", 0.02)
GERMANY: Final = Network("", "DE", 0.06)


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. `operator` and the zones go into the configuration, `shows` says what its log tells beside number and status."""

    name: str
    format: str
    share: float
    networks: dict[Network, float]
    accounts: tuple[str, ...]
    shows: frozenset[str] = frozenset()
    operator: str = ""
    receipt_zone: str = "Europe/Oslo"


_EVERY_CUSTOMER: Final = ("klinikk1", "bank1", "avis1")
_NORWAY: Final = {TELENOR: 0.45, TELIA: 0.35, ICE: 0.20}
_KANNEL_SHOWS: Final = frozenset({"account", "campaign", "operator"})

FEEDS: Final = (
    Feed("telenor1", "kannel", 0.234, {TELENOR: 1}, _EVERY_CUSTOMER, _KANNEL_SHOWS, "Telenor"),
    Feed("telia1", "kannel", 0.182, {TELIA: 1}, _EVERY_CUSTOMER, _KANNEL_SHOWS, "Telia", "UTC"),
    Feed("ice1", "kannel", 0.104, {ICE: 1}, _EVERY_CUSTOMER, _KANNEL_SHOWS, "Ice"),
    Feed("nordic1", "jasmin", 0.08, {SWEDEN: 0.5, DENMARK: 0.3, FINLAND: 0.2}, _EVERY_CUSTOMER),
    Feed("world1", "jasmin", 0.04, {BRITAIN: 0.55, GERMANY: 0.45}, _EVERY_CUSTOMER, receipt_zone="UTC"),
    Feed("front", "front", 0.18, _NORWAY, ("klinikk1",), frozenset({"account"})),
    Feed(
        "table",
        "table",
        0.14,
        {TELENOR: 0.42, TELIA: 0.32, ICE: 0.18, SWEDEN: 0.05, DENMARK: 0.03},
        ("bank1", "avis1"),
        frozenset({"account", "campaign", "operator"}),
    ),
    Feed("smpp", "smpp", 0.04, _NORWAY, _EVERY_CUSTOMER),
)

#: The feed whose receipts fail for some hours.
OUTAGE_FEED: Final = "telia1"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer. `service` is the customer's number at the Front gateway."""

    account: str
    name: str
    sender: str
    service: int


CUSTOMERS: Final = {
    "klinikk1": Customer("klinikk1", "Eksempelklinikken", "Klinikken", 5012),
    "bank1": Customer("bank1", "Prøvebanken", "Prøvebanken", 5013),
    "avis1": Customer("avis1", "Testavisen", "Testavisen", 5014),
}


@dataclass(frozen=True, slots=True)
class Campaign:
    """A send-out: `minutes` long from `hour:minute` on the day `day` days after the first."""

    code: str
    name: str
    account: str
    day: int
    hour: int
    minute: int
    minutes: int


CAMPAIGNS: Final = (
    Campaign("K40", "Timepåminnelser uke 40", "klinikk1", 2, 9, 0, 45),
    Campaign("A40", "Helgetilbud uke 40", "avis1", 5, 11, 0, 30),
    Campaign("K41", "Influensavaksine", "klinikk1", 9, 10, 0, 60),
    Campaign("B41", "Nye vilkår", "bank1", 10, 10, 30, 150),
    Campaign("A42", "Leserundersøkelse", "avis1", 16, 16, 0, 40),
    Campaign("B42", "Faktura oktober", "bank1", 18, 8, 0, 90),
    Campaign("K43", "Timepåminnelser uke 43", "klinikk1", 22, 9, 0, 45),
    Campaign("A43", "Helgetilbud uke 43", "avis1", 26, 12, 0, 30),
)

#: Calling code and block of each country's numbers, and how many digits follow the block. The British block is the one kept for drama.
_BLOCKS: Final = {
    "NO": ("+474000", 4),
    "SE": ("+46700000", 3),
    "DK": ("+4520000", 3),
    "FI": ("+358400000", 3),
    "GB": ("+447700900", 3),
    "DE": ("+4915100000", 3),
}
#: Where a log gives a message no id, its number is used for nothing else in that feed. Abroad these are the last hundred of the block.
_NORWEGIAN_SINGLES: Final = "+479000"
_FOREIGN_SINGLES: Final = 900

#: How many messages of one story in one feed and network may go without an id before the numbers run out.
SINGLES: Final = {"NO": 1200, "SE": 25, "DK": 25, "FI": 25, "GB": 25, "DE": 25}

#: Which residues (mod 20) of a Norwegian number are with which network: nothing that a prefix could tell.
_RESIDUES: Final = {"Telenor": range(9), "Telia": range(9, 16), "Ice": range(16, 20)}


class Numbers:
    """Hands out invented numbers; one subscriber always has the same network."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._singles: defaultdict[tuple[str, str], int] = defaultdict(int)

    def any(self, network: Network) -> str:
        """A number of the network, some far more often than others."""
        block, digits = _BLOCKS[network.country]
        if network.country != "NO":
            return f"{block}{int(self._rng.random() ** 2 * _FOREIGN_SINGLES):0{digits}d}"
        return f"{block}{int(self._rng.random() ** 2 * 500) * 20 + self._rng.choice(_RESIDUES[network.name]):0{digits}d}"

    def single(self, feed: str, network: Network) -> str:
        """A number that no other message in the feed has."""
        used = self._singles[feed, network.country]
        self._singles[feed, network.country] += 1
        if network.country == "NO":
            return f"{_NORWEGIAN_SINGLES}{used:04d}"
        block, digits = _BLOCKS[network.country]
        return f"{block}{_FOREIGN_SINGLES + used:0{digits}d}"


#: What the messages say. Nothing of it may ever be found in a database.
TEXTS: Final = (
    "Husk timen din i morgen klokken ni. Gi beskjed hvis du ikke kan komme.",
    "Pakken er klar til henting i butikken på hjørnet.",
    "Vaktmesteren bytter lyspærer i oppgangen på torsdag.",
    "Sjakklubben møtes som vanlig i grendehuset, ta med termos.",
    "Dugnaden er flyttet til lørdag [oppmøte ved garasjen] og det blir vafler.",
    "Brødet er ferdigstekt, bakeriet holder åpent til fem.",
    "Koret øver på de nye sangene, husk notene og godt humør.",
    "Biblioteket minner om at boken skal leveres tilbake før helgen.",
    "Svar gjerne på fem korte spørsmål om hagen din: [A] bær [B] epler.",
    "Skiløypene er nypreparert, men husk refleks og hodelykt.",
    "Kampen er avlyst på grunn av regn, ny dato kommer senere.",
    "Det er loppemarked hos Hans' naboer, kom og finn en skatt.",
    "Velkommen til høstfest med suppe og quiz \U0001f342",
)


def long_text(rng: Random) -> str:
    """A text of two to four parts, in letters that need no Unicode."""
    plain = TEXTS[:-1]
    return " ".join(rng.sample(plain, rng.randint(4, 6)))
