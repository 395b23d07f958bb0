"""`check`: rules on rates, silence, delay and freshness, for cron. An alarm is told once, and once more when it is over; what was told lies in
`NAME.check.json` beside the database.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import polars as pl

from sms_analytics import config as configuration
from sms_analytics.config import Config
from sms_analytics.database import permissions, store
from sms_analytics.errors import InputError, UsageError
from sms_analytics.questions.filters import Moment, moment
from sms_analytics.questions.rules import Finding, clock, findings
from sms_analytics.text import output
from sms_analytics.text.durations import duration
from sms_analytics.text.labels import Lang, label
from sms_analytics.text.phrases import filled

#: `alarm`: broken now and not before; `over`: kept again; `still`: broken, as told before; `kept`; `too_little`: too few messages to tell.
State = Literal["alarm", "over", "still", "kept", "too_little"]

_TIMEOUT_S: Final = 10
_WORDS_SHOWN: Final = 5


@dataclass(frozen=True)
class Alarm:
    """What became of one rule for one group: its finding, what is new, since when it is broken (naive UTC), and a sentence."""

    finding: Finding
    state: State
    since: datetime | None
    sentence: str = ""

    @property
    def is_news(self) -> bool:
        """Whether people are to be told."""
        return self.state in ("alarm", "over")

    @property
    def is_broken(self) -> bool:
        """Whether the rule is broken, told or not."""
        return self.state in ("alarm", "still")


@dataclass(frozen=True)
class CheckReport:
    """All rules, each with its state; `broken` as long as one is."""

    alarms: tuple[Alarm, ...]

    @property
    def broken(self) -> bool:
        """Whether any rule is broken."""
        return any(alarm.is_broken for alarm in self.alarms)

    @property
    def news(self) -> tuple[Alarm, ...]:
        """What was not told before."""
        return tuple(alarm for alarm in self.alarms if alarm.is_news)

    @property
    def frame(self) -> pl.DataFrame:
        """One row per rule and group: `check`, `rule`, `party`, `state`, `value`, `limit`, `messages`, `since_utc`, `sentence`."""
        rows = [
            (found.check, found.rule, found.party, alarm.state, found.value, found.limit, found.messages, alarm.since, alarm.sentence)
            for alarm in self.alarms
            for found in [alarm.finding]
        ]
        schema = {
            **dict.fromkeys(("check", "rule", "party", "state"), pl.String()),
            **dict.fromkeys(("value", "limit"), pl.Float64()),
            "messages": pl.Int64(),
            "since_utc": pl.Datetime("us"),
            "sentence": pl.String(),
        }
        return pl.DataFrame(rows, schema=schema, orient="row")


def check(
    *,
    db: str | Path | None = None,
    rules: str | Path | None = None,
    config: str | Path | None = None,
    at: Moment | None = None,
    prometheus: str | Path | None = None,
    webhook: str | None = None,
    zone: str | None = None,
    lang: Lang | None = None,
) -> CheckReport:
    """Judges every `[check.NAME]` of the configuration, or of the file `rules`, and remembers what it told.

    A rule on rates looks at messages when they are as old as its `age`, so a provisional dip is none; with fewer than `min_sent` messages it says
    so and nothing changes. `at` is the moment by which freshness is judged (default: the clock on the wall). `prometheus` names a file to write for a
    node exporter, `webhook` an address that gets a POST with the sentences of what is new (`{"text": ..., "findings": [...]}`): only then. A
    webhook that cannot be reached is an `InputError`, and the news are told again the next time. `UsageError` where there are no rules.
    """
    path = Path(db) if db is not None else store.default_path()
    settings = configuration.read(Path(config) if config else None, beside=path.parent)
    if rules is not None:
        settings = settings.model_copy(update={"check": configuration.read(Path(rules)).check})
    if not settings.check:
        raise UsageError(f"no rules: write [check.NAME] into {rules or configuration.FILE_NAME}; docs/scheduling.md shows them")
    _check_address(webhook)
    spoken, shown = lang or settings.lang, configuration.zone(zone) or settings.zone
    now = clock() if at is None else moment("at", at, shown)
    with store.connect(path) as connection:
        found = findings(connection, settings, now)
    told = {name: _told(_file(path, name)) for name in settings.check}
    alarms = tuple(_said(_compared(one, told[one.check], now), spoken, shown) for one in found)
    report = CheckReport(alarms)
    if prometheus is not None:
        _replace(Path(prometheus), as_prometheus(alarms, now).encode(), settings)
    if webhook is not None and report.news:
        _post(webhook, report.news)
    for name in settings.check:
        _remember(_file(path, name), told[name], [alarm for alarm in alarms if alarm.finding.check == name], settings)
    return report


def _file(db: Path, name: str) -> Path:
    return db.with_name(f"{name}.check.json")


def _told(file: Path) -> dict[str, datetime]:
    """Since when which groups are broken, as far as people were told."""
    if not file.exists():
        return {}
    try:
        known = json.loads(file.read_text("utf-8"))["broken"]
        return {party: datetime.fromisoformat(since).astimezone(UTC).replace(tzinfo=None) for party, since in known.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise UsageError(f"{file}: cannot be read as what check told before; delete it, and broken rules are told once more") from None


def _compared(finding: Finding, told: Mapping[str, datetime], at: datetime) -> Alarm:
    before = told.get(finding.party or "")
    if finding.verdict == "broken":
        return Alarm(finding, "still" if before else "alarm", before or at)
    if before is None:
        return Alarm(finding, finding.verdict, None)
    # Too few messages to tell end no alarm.
    return Alarm(finding, "over" if finding.verdict == "kept" else "still", before)


def _remember(file: Path, told: Mapping[str, datetime], alarms: Iterable[Alarm], settings: Config) -> None:
    judged = {alarm.finding.party or "": alarm for alarm in alarms}
    # A group without any message now is not over: nothing is known of it.
    broken = {party: since for party, since in told.items() if party not in judged}
    broken |= {party: alarm.since for party, alarm in judged.items() if alarm.is_broken and alarm.since is not None}
    if broken or file.exists():
        content = {"broken": {party: _iso(since) for party, since in sorted(broken.items())}}
        _replace(file, json.dumps(content, ensure_ascii=False, indent=1).encode(), settings)


def _replace(file: Path, content: bytes, settings: Config) -> None:
    """Whole or not at all: whoever reads it meanwhile sees the old one."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        permissions.write(beside, content, group_read=settings.database.group_read)
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"{file}: cannot be written: {error.strerror}; make its folder writable") from None


def _iso(utc: datetime) -> str:
    return utc.replace(tzinfo=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _said(alarm: Alarm, lang: Lang, zone: str) -> Alarm:
    found = alarm.finding
    key = f"check.{found.rule}" if found.rule != "outage" else f"check.outage.{'broken' if found.verdict == 'broken' else 'kept'}"
    sentence = filled(label(key, lang), **_words(found, lang, zone))
    since = output.local_time(alarm.since, zone)
    return replace(alarm, sentence=label(f"check.{alarm.state}", lang).format(check=found.check, sentence=sentence, since=since))


def _words(found: Finding, lang: Lang, zone: str) -> dict[str, object]:
    """What a sentence names, as people read it."""
    unknown = label("check.unknown", lang)
    shares = found.rule in ("coverage", "confirmed", "slow")

    def written(value: float | None) -> object:
        if value is None:
            return unknown
        if found.rule == "stale":
            return duration(value, lang)
        return output.percent(value, lang) if shares else int(value)

    more = found.more
    words = [str(word) for word in more.get("words", ())]
    return {
        "party": found.party or label("check.all", lang),
        "value": written(found.value),
        "limit": written(found.limit),
        "usual": written(more.get("usual")),
        "messages": found.messages,
        "zone": zone,
        "words": ", ".join(words[:_WORDS_SHOWN]) or label("check.none", lang),
        **{name: duration(more[f"{name}_s"], lang) for name in ("age", "within") if more.get(f"{name}_s")},
        **{name: output.local_time(more[f"{name}_utc"], zone) for name in ("start", "end", "now") if f"{name}_utc" in more},
    }


def as_prometheus(alarms: Iterable[Alarm], at: datetime) -> str:
    """The state of every rule as text for a node exporter's textfile collector."""
    known = tuple(alarms)
    gauges: dict[str, tuple[str, Callable[[Alarm], float | None]]] = {
        "sms_check_broken": ("1 as long as the rule is broken", lambda alarm: float(alarm.is_broken)),
        "sms_check_value": ("What was found", lambda alarm: alarm.finding.value),
        "sms_check_limit": ("What it is held against", lambda alarm: alarm.finding.limit),
        "sms_check_messages": ("Of how many messages", lambda alarm: float(alarm.finding.messages)),
    }
    lines = []
    for name, (text, value_of) in gauges.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(alarm)} {value:.10g}" for alarm in known if (value := value_of(alarm)) is not None]
    lines += ["# HELP sms_check_last_run_seconds When the rules were judged", "# TYPE sms_check_last_run_seconds gauge"]
    lines.append(f"sms_check_last_run_seconds {at.replace(tzinfo=UTC).timestamp():.0f}")
    return "\n".join(lines) + "\n"


def _labels(alarm: Alarm) -> str:
    named = {"check": alarm.finding.check, "rule": alarm.finding.rule, "party": alarm.finding.party or ""}
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in named.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _check_address(webhook: str | None) -> None:
    if webhook is not None and (urlsplit(webhook).scheme not in ("http", "https") or not urlsplit(webhook).hostname):
        raise UsageError(f"--webhook '{webhook}': write an address that begins with https:// or http://")


def _post(webhook: str, news: Iterable[Alarm]) -> None:
    told = [_plain(alarm) for alarm in news]
    content = json.dumps({"text": "\n".join(str(one["sentence"]) for one in told), "findings": told}, ensure_ascii=False)
    request = Request(webhook, content.encode(), {"Content-Type": "application/json; charset=utf-8"}, method="POST")
    try:
        with urlopen(request, timeout=_TIMEOUT_S) as answer:
            answer.read()
    except (URLError, OSError, ValueError) as error:
        # The address may hold a secret: its path stays out of logs.
        reason = getattr(error, "reason", None) or error
        raise InputError(f"the webhook at {urlsplit(webhook).hostname} was not reached: {reason}; what is new is told again the next time") from None


def _plain(alarm: Alarm) -> dict[str, Any]:
    found = alarm.finding
    since = None if alarm.since is None else _iso(alarm.since)
    return {
        **{"check": found.check, "rule": found.rule, "party": found.party, "state": alarm.state},
        **{"value": found.value, "limit": found.limit, "messages": found.messages, "since": since, "sentence": alarm.sentence},
    }
