"""What the terminal says around the words of `labels`, in both languages: headings that only it has, and the lines of lookup, load and demo."""

from typing import Final

from sms_analytics.text import labels
from sms_analytics.text.labels import LANGS, Lang

#: Key: (nb, en). `heading.*` are columns, `clock.*` and `weekday.*` values of columns.
_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "heading.gaps": ("Uten status", "Gaps"),
    "heading.share_of_sent": ("Andel av sendt", "Share of sent"),
    "heading.codes": ("Koder", "Codes"),
    "heading.clock": ("Tid til", "Time to"),
    "heading.median_s": ("Median (s)", "Median (s)"),
    "heading.p90_s": ("90 % innen (s)", "90% within (s)"),
    "heading.p99_s": ("99 % innen (s)", "99% within (s)"),
    "heading.share_10s": ("Innen 10 s", "Within 10 s"),
    "heading.share_1m": ("Innen 1 min", "Within 1 min"),
    "heading.share_1h": ("Innen 1 time", "Within 1 h"),
    "heading.hour_utc": ("Time (UTC)", "Hour (UTC)"),
    "heading.id_rule": ("Id-regel", "Id rule"),
    "heading.answers": ("Svarer for", "Answers for"),
    "heading.answers_evidence": ("Grunnlag", "Evidence"),
    "heading.id_rule_evidence": ("Grunnlag for id-regelen", "Evidence for the id rule"),
    "heading.receipt_zone": ("Statusenes tidssone", "Receipts' time zone"),
    "heading.horizon_s": ("Ventetid", "Horizon"),
    "heading.now_utc": ("Lest til (UTC)", "Read up to (UTC)"),
    "heading.submissions": ("Innsendinger", "Submissions"),
    "heading.files": ("Filer", "Files"),
    "heading.place": ("Sted", "Place"),
    "heading.title": ("Navn", "Title"),
    "heading.container": ("Innhold", "Container"),
    "heading.general": ("Bare når ingen andre passer", "Only when no other fits"),
    "heading.claimed": ("Formatets egne", "Its own"),
    "heading.why": ("Hvorfor", "Why"),
    "heading.their_clock": ("Operatørens klokke", "Operator's clock"),
    "heading.our_clock": ("Mottatt hos oss", "Received by us"),
    "heading.raw_word": ("Ord i loggen", "Word in the log"),
    "heading.more": ("Merk", "Note"),
    "clock.phone": ("telefonen", "the phone"),
    "clock.receipt": ("statusmeldingen", "the receipt"),
    "container.lines": ("linjer", "lines"),
    "container.table": ("tabell", "table"),
    "weekday.1": ("mandag", "Monday"),
    "weekday.2": ("tirsdag", "Tuesday"),
    "weekday.3": ("onsdag", "Wednesday"),
    "weekday.4": ("torsdag", "Thursday"),
    "weekday.5": ("fredag", "Friday"),
    "weekday.6": ("lørdag", "Saturday"),
    "weekday.7": ("søndag", "Sunday"),
    "unknown": ("ukjent", "unknown"),
    "yes": ("ja", "yes"),
    "no": ("nei", "no"),
    "total": ("Sum", "Total"),
    "days": ("{0} d", "{0} d"),
    "hours": ("{0} t", "{0} h"),
    "times_in": ("Tider: {0}", "Times: {0}"),
    "left_out": (
        "{0:kolonne|kolonner} fikk ikke plass; alle kommer med i: --wide, --format csv",
        "{0:column|columns} found no room; all of them: --wide, --format csv",
    ),
    "written": ("Skrevet: {0} ({1:rad|rader})", "Written: {0} ({1:row|rows})"),
    "known": (
        "{0}: er lastet inn fra før; på nytt med dagens oppsett: --replace",
        "{0}: already loaded; again with today's configuration: --replace",
    ),
    "follow_round": (
        "{0}: {1:fil|filer} lest, {2:linje|linjer}, {3:hendelse|hendelser}, {4:linje|linjer} avvist",
        "{0}: {1:file|files} read, {2:record|records}, {3:event|events}, {4:record|records} rejected",
    ),
    "follow_nothing": ("{0}: ikke noe nytt i {1:fil|filer}", "{0}: nothing new in {1:file|files}"),
    "follow_ended": ("Stanset. Alt som er lest, er lagret.", "Stopped. All that was read is stored."),
    "speed": ("{0:linje|linjer} på {1} s, {2} i sekundet", "{0:record|records} in {1} s, {2} a second"),
    "progress.begun": ("begynner", "beginning"),
    "progress.reading": ("leser {0}", "reading {0}"),
    "progress.resolving": ("finner ut hva det ble av meldingene", "resolving what became of the messages"),
    "progress.records": ("{0:linje|linjer}, {1} i sekundet", "{0:record|records}, {1} a second"),
    "progress.left": ("{0} % lest, omtrent {1} s igjen", "{0}% read, about {1} s left"),
    "problems": ("{0:ting|ting} å se på, øverst i listen", "{0:thing|things} to look at, at the top of the list"),
    "no_problems": ("Alt som er lastet inn, er forstått", "All that was loaded was understood"),
    "also_for": ("det samme gjelder {0:annen|andre}", "the same of {0:other|others}"),
    "and_more": (" og {0} til", " and {0} more"),
    "simulate_next": ("Prøv videre:", "Try next:"),
    "week": ("uke {0}", "week {0}"),
    "no_rejects": ("Ingen linjer er avvist", "No record was rejected"),
    "outage": (
        "forbindelsen '{0}': {1:statusmelding|statusmeldinger} uteble eller kom sent, {2} til {3} ({4}): {5}",
        "feed '{0}': {1:receipt|receipts} stayed away or came late, {2} to {3} ({4}): {5}",
    ),
    "found": ("{0} meldinger for {1}, den nyeste først. Tider: {2}", "{0} messages for {1}, newest first. Times: {2}"),
    "found_one": ("1 melding for {0}. Tider: {1}", "1 message for {0}. Times: {1}"),
    "since": ("Status siden", "Status since"),
    "decided_by": ("Avgjort av", "Decided by"),
    "their_text": ("Operatørens tekst", "Operator's text"),
    "history": ("Hendelser", "Events"),
    "demo_rates": ("Levering per operatør og land", "Delivery by operator and country"),
    "demo_reasons": ("De vanligste årsakene til feil", "The most frequent reasons of failure"),
    "demo_gaps": ("Meldinger uten endelig status, per operatør", "Messages without a final status, by operator"),
    "demo_load": ("Lest inn, per format", "Loaded, by format"),
    "database": ("Database: {0}", "Database: {0}"),
    "serving": ("Supportsiden er klar: {0} (Ctrl-C avslutter)", "The support page is ready: {0} (Ctrl-C ends it)"),
    "demo_next": ("Prøv videre:", "Try next:"),
}


class _Count(int):
    """A whole number that brings its noun along: `{:event|events}` is `1 event`, `2 events`."""

    def __format__(self, spec: str) -> str:
        one, choice, many = spec.partition("|")
        return f"{int(self)} {one if self == 1 else many}" if choice else super().__format__(spec)


def filled(text: str, *values: object, **named: object) -> str:
    """The text with the values in their places; a place for a count may name its noun, `{0:event|events}`."""
    return text.format(*map(_counted, values), **{name: _counted(value) for name, value in named.items()})


def _counted(value: object) -> object:
    return _Count(value) if isinstance(value, int) and not isinstance(value, bool) else value


def phrase(key: str, lang: Lang, *values: object) -> str:
    """The text of `key` with the values in their places. KeyError where there is none."""
    return filled(_TEXTS[key][LANGS.index(lang)], *values)


def heading(column: str, lang: Lang) -> str:
    """What people call a column; its name where it has no text."""
    if f"heading.{column}" in _TEXTS:
        return phrase(f"heading.{column}", lang)
    return labels.labels("column", lang).get(column, column)


def values(kind: str, lang: Lang) -> dict[str, str]:
    """Value and text of a closed set that only the terminal names (`clock`, `weekday`, `container`); else that of `labels`."""
    number = LANGS.index(lang)
    own = {key.removeprefix(f"{kind}."): texts[number] for key, texts in _TEXTS.items() if key.startswith(f"{kind}.")}
    return own or labels.labels(kind, lang)
