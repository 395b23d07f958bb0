"""The files of a report: which customers and periods are asked for, and one HTML, PDF and Excel file for each."""

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal, get_args

import duckdb

from sms_analytics import config as configuration
from sms_analytics.config import Config, defaults
from sms_analytics.database import permissions
from sms_analytics.errors import NoDataError, UsageError
from sms_analytics.questions import unmapped
from sms_analytics.questions.filters import Moment, moment
from sms_analytics.report import brand as branding
from sms_analytics.report import compose, data, html, listing, origin, pdf, periods, xlsx
from sms_analytics.report.brand import Brand
from sms_analytics.report.compose import Subject
from sms_analytics.report.document import Document, Messages
from sms_analytics.report.finding import Teller
from sms_analytics.report.periods import Period
from sms_analytics.report.snapshot import Snapshot, taken
from sms_analytics.text.labels import LANGS, Lang, label
from sms_analytics.text.zones import local

Format = Literal["html", "pdf", "xlsx"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

#: One report for each customer.
ALL: Final = "all"

_WRITERS: Final[dict[Format, Callable[[Document, Brand], bytes]]] = {"html": html.written, "pdf": pdf.written, "xlsx": xlsx.written}


@dataclass(frozen=True)
class Written:
    """The files of one run, and what whoever started it should know: customers without messages, lists that were left out."""

    files: tuple[Path, ...]
    remarks: tuple[str, ...] = field(default=())


def report(
    db: duckdb.DuckDBPyConnection,
    *,
    account: str | None = None,
    campaign: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    period: str | None = None,
    as_of: Moment | None = None,
    compare: Literal["previous", "none"] = "previous",
    lang: Lang | None = None,
    zone: str | None = None,
    formats: str | Sequence[str] = FORMATS,
    unmask: bool = False,
    internal: bool = False,
    join_unnamed: bool = False,
    out: str | Path = ".",
    config: str | Path | None = None,
) -> list[Path]:
    """Writes a report and returns the paths of its files, one for each of `formats` (`html`, `pdf`, `xlsx`; also as text with commas).

    `account` is an account as in the log, or the name that `[accounts]` of the configuration gives to one or several; `all` makes one report for each
    customer that has messages in the period. `campaign` likewise with `[campaigns]`. The period is `since` until `until` (left out: to the end of
    today), or a name: `last-week`, `last-month`, `2026-10`, `2026-W41`, `2026`; without any of them, everything loaded. `compare="previous"` sets it
    against the period before, which is as long (whole months: as many months) and seen as it was at the same age.

    The files lie in `out`, which is made where it is missing; their names begin with the period and sort by it. The same loads, release and `as_of`
    give the same bytes. Numbers are masked but with `unmask`. `internal` adds what only the sender needs: notes, files, words without a meaning.
    `join_unnamed` counts messages without a send-out's name as part of `campaign` where the same account and sender sent them in the same hour.

    Raises `UsageError` for arguments that cannot be used, `NoDataError` when no message fits, `ConfigError` for a brand that cannot be used.
    """
    return list(
        run(
            db,
            Wanted(
                account, campaign, since, until, period, as_of, compare, lang, zone, formats_of(formats), unmask, internal, join_unnamed, Path(out)
            ),
            configuration.read(None if config is None else Path(config), beside=defaults.folder_of(db)),
        ).files
    )


@dataclass(frozen=True)
class Wanted:
    """The arguments of `report`."""

    account: str | None = None
    campaign: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    period: str | None = None
    as_of: Moment | None = None
    compare: Literal["previous", "none"] = "previous"
    lang: Lang | None = None
    zone: str | None = None
    formats: tuple[Format, ...] = FORMATS
    unmask: bool = False
    internal: bool = False
    join_unnamed: bool = False
    out: Path = Path()


def run(db: duckdb.DuckDBPyConnection, wanted: Wanted, settings: Config) -> Written:
    """`report` with its configuration read."""
    lang = wanted.lang or settings.lang
    if lang not in LANGS:
        raise UsageError(f"--lang '{lang}': accepted are {', '.join(LANGS)}")
    if wanted.compare not in ("previous", "none"):
        raise UsageError(f"--compare '{wanted.compare}': accepted are previous, none")
    zone = configuration.zone(wanted.zone) or settings.zone
    as_of = None if wanted.as_of is None else moment("as-of", wanted.as_of, zone)
    today = periods.today(as_of, zone)
    period = periods.asked(wanted.since, wanted.until, wanted.period, today=today, zone=zone, first=partial(_first_day, db, zone))
    before = periods.before(period, zone) if period is not None and wanted.compare == "previous" else None
    brand = branding.of(settings.brand)
    _check_campaign(db, wanted.campaign, settings)
    with ExitStack() as stack:
        now = stack.enter_context(taken(db, settings, periods=[period] if period else [], as_of=as_of))
        then = None
        if period is not None and before is not None and now.as_of is not None:
            then = stack.enter_context(taken(db, settings, periods=[before], as_of=now.as_of - (period.until - before.until)))
        job = _Job(db, now, then, period, before, replace(wanted, lang=lang, zone=zone), settings, brand, lang, zone)
        if wanted.account == ALL:
            return job.all()
        composed = job.one(wanted.account)
    # Drawing takes memory too: by now the snapshots are gone.
    return job.put(composed)


@dataclass(frozen=True)
class _Composed:
    """A report that is yet to be written: what it shows, its files' name, and what whoever started it should know."""

    document: Document
    stem: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Job:
    """Reports out of the same snapshots."""

    db: duckdb.DuckDBPyConnection
    now: Snapshot
    then: Snapshot | None
    period: Period | None
    before: Period | None
    wanted: Wanted
    settings: Config
    brand: Brand
    lang: Lang
    zone: str

    def all(self) -> Written:
        """One report for each customer with messages, in the order of their names."""
        files: list[Path] = []
        remarks: list[str] = []
        used: set[str] = set()
        customers = self._customers()
        for customer, accounts in customers.items():
            made = self.put(self._composed(customer, customer, accounts, used))
            files += made.files
            remarks += made.remarks
        silent = sorted({*self.settings.accounts.values()} - customers.keys())
        remarks += [label("report_said.skipped", self.lang).format(name=name) for name in silent]
        nobodys = self._without_account()
        if nobodys:
            remarks.append(label("report_said.without_account", self.lang).format(count=nobodys))
        if not files:
            raise NoDataError("no account has a message in the period: widen it, or see: sms-analytics rates --by account")
        return Written(tuple(files), tuple(dict.fromkeys(remarks)))

    def put(self, report: _Composed) -> Written:
        """Writes the files of one report."""
        paths = tuple(self._put(f"{report.stem}.{format}", _WRITERS[format](report.document, self.brand)) for format in self.wanted.formats)
        return Written(paths, report.remarks)

    def one(self, account: str | None) -> _Composed:
        """The report about one customer, or about everything."""
        if account is None:
            return self._composed(None, label("report_file.everyone", self.lang), None, set())
        return self._composed(self.settings.accounts.get(account, account), account, _ids(account, self.settings.accounts), set())

    def _composed(self, customer: str | None, file_name: str, accounts: list[str] | None, used: set[str]) -> _Composed:
        campaigns = self._campaigns()
        for snapshot in (self.now, self.then):
            if snapshot is not None:
                snapshot.only(accounts, campaigns, unnamed=self.wanted.join_unnamed)
        if not self.now.count(self.period):
            raise self._nothing()
        minimum = self.settings.report.minimum
        campaign = None if self.wanted.campaign is None else self.settings.campaigns.get(self.wanted.campaign, self.wanted.campaign)
        of_all = accounts is None and campaigns is None
        figures = data.collected(
            self.now, self.then, self.period, self.before, minimum=minimum, zone=self.zone, of_campaign=campaign is not None, of_all=of_all
        )
        if customer is None and campaign is not None:
            # Whose send-out it is, the messages say.
            customer = ", ".join(self.now.owners(self.period)[:3]) or None
            file_name = customer or file_name
        count = self.now.count(self.period)
        most = self.settings.report.messages
        files = origin.of(self.db, accounts, campaigns, self.period)
        document = compose.document(
            figures,
            files,
            Subject(customer, campaign),
            self.settings,
            lang=self.lang,
            zone=self.zone,
            compared=self.before is not None,
            masked=not self.wanted.unmask,
            messages=self._listed(count, most),
            unmapped=unmapped.found(self.db, self.settings) if self.wanted.internal else None,
        )
        stem = _unused(self._stem(figures, [file_name, *([campaign] if campaign else [])]), used)
        remarks = [label("report_said.messages_left_out", self.lang).format(file=f"{stem}.xlsx", count=count, most=most)]
        said = [*(remarks if "xlsx" in self.wanted.formats and count > most else []), *Teller(figures, self.lang, self.zone).notes(files)]
        if of_all and self._without_account():
            said.append(label("report_said.no_account", self.lang).format(count=self._without_account()))
        unnamed = self.now.unnamed(self.period)
        if unnamed:
            said.append(label("report_said.unnamed", self.lang).format(count=unnamed, name=campaign))
        return _Composed(document, stem, tuple(said))

    def _listed(self, count: int, most: int) -> Messages | None:
        if "xlsx" not in self.wanted.formats:
            return None
        if count > most:
            return listing.too_many(count, most, self.lang)
        return listing.listed(self.now, self.period, masked=not self.wanted.unmask, lang=self.lang)

    def _customers(self) -> dict[str, list[str]]:
        """The accounts in the log by the customer's name."""
        self.now.only(None, self._campaigns())
        return self.now.accounts(self.period)

    def _without_account(self) -> int:
        self.now.only(None, self._campaigns())
        return self.now.count(self.period, "account is null")

    def _campaigns(self) -> list[str] | None:
        return None if self.wanted.campaign is None else _ids(self.wanted.campaign, self.settings.campaigns)

    def _nothing(self) -> NoDataError:
        wanted = self.wanted
        given = {
            "--account": wanted.account,
            "--campaign": wanted.campaign,
            "--period": wanted.period,
            "--since": wanted.since,
            "--until": wanted.until,
        }
        asked = " ".join(f"{option} '{value}'" for option, value in given.items() if value is not None)
        return NoDataError(f"no message fits {asked or 'the report'}: see what there is with: sms-analytics rates --by account,month")

    def _stem(self, figures: data.Figures, about: list[str]) -> str:
        """Period, customer, send-out, language: names that sort by period."""
        ends = (figures.first_utc, figures.last_utc) if self.period is None else (self.period.since, self.period.until)
        first, last = (local(moment, self.zone) for moment in ends)
        kind = label("report_file.report", self.lang)
        return "_".join([_dates(first, last, whole=self.period is not None), kind, *(_slug(name) for name in about), self.lang])

    def _put(self, name: str, content: bytes) -> Path:
        """The file, all of it or nothing: whoever reads it meanwhile reads the old one."""
        folder = self.wanted.out
        try:
            folder.mkdir(parents=True, exist_ok=True)
            building = folder / f".{name}.part"
            permissions.write(building, content, group_read=self.settings.database.group_read)
            return building.replace(folder / name)
        except OSError as error:
            raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror}; name another place with --out") from None


def formats_of(given: str | Sequence[str]) -> tuple[Format, ...]:
    """The formats that are named, in the order of `FORMATS`. `UsageError` for a name that is none."""
    names = [name.strip() for name in given.split(",")] if isinstance(given, str) else list(given)
    chosen = tuple(format for format in FORMATS if format in names)
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not chosen:
        raise UsageError(f"--format '{unknown[0] if unknown else given}': accepted are {', '.join(FORMATS)}, with commas between")
    return chosen


def _ids(name: str, names: dict[str, str]) -> list[str]:
    """The ids of the log behind what was asked for: an id itself, or all that the configuration gives this name."""
    return [name] if name in names else sorted({name, *(id for id, called in names.items() if called == name)})


def _check_campaign(db: duckdb.DuckDBPyConnection, campaign: str | None, settings: Config) -> None:
    if campaign is None:
        return
    with_name = _ids(campaign, settings.campaigns)
    ((count,),) = (
        db.cursor().execute("select count(*) from messages where campaign in (select unnest($ids::varchar[]))", {"ids": with_name}).fetchall()
    )
    if not count:
        raise NoDataError(f"no message fits --campaign '{campaign}': see what there is with: sms-analytics rates --by campaign")


def _first_day(db: duckdb.DuckDBPyConnection, zone: str) -> date | None:
    ((first,),) = db.cursor().execute("select min(submitted_utc) from messages").fetchall()
    return None if first is None else local(first, zone).date()


def _dates(first: datetime, last: datetime, *, whole: bool) -> str:
    """`2026-10`, `2026-10-05--2026-10-11`, or one day."""
    end = last.date() if not whole else periods.last_day(last)
    if whole and periods.is_month(first, last):
        return f"{first:%Y-%m}"
    return f"{first:%Y-%m-%d}" if first.date() == end else f"{first:%Y-%m-%d}--{end:%Y-%m-%d}"


_LETTERS: Final = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "é": "e", "è": "e", "ß": "ss"})


def _slug(name: str) -> str:
    """A name that any file system takes."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower().translate(_LETTERS)).strip("-")
    return plain[:60] or "x"


def _unused(stem: str, used: set[str]) -> str:
    """Two customers can have names that differ only in signs."""
    name, number = stem, 1
    while name in used:
        number += 1
        name = f"{stem}-{number}"
    used.add(name)
    return name
