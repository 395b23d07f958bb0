"""What only the sender of a report needs: notes, the files that it stands on, words without a meaning. Customers get a report without it."""

from importlib.metadata import version
from typing import Final

import polars as pl

from sms_analytics.report import tables, written
from sms_analytics.report.data import Figures
from sms_analytics.report.document import Column, Section, Table
from sms_analytics.report.finding import Teller
from sms_analytics.report.origin import Origin
from sms_analytics.text.labels import Lang, label

#: A table of more files than this says how many there are of each format.
_MOST_FILES: Final = 60
#: Of words without a meaning the most frequent ones.
_MOST_WORDS: Final = 30


def sections(figures: Figures, origin: Origin, teller: Teller, unmapped: pl.DataFrame, *, whole: bool, lang: Lang) -> tuple[Section, ...]:
    """The appendix. `unmapped` is a frame of that question; `whole` says that the report is about everybody."""
    notes = teller.notes(origin)
    words = unmapped.filter(pl.col("feed").is_in(figures.feeds["feed"].to_list())).head(_MOST_WORDS)
    own = [_section("notes", notes, (), lang)] if notes else []
    own.append(_files(origin, whole=whole, lang=lang))
    if words.height:
        own.append(_section("unmapped", (label("report_lead.unmapped", lang),), (_words(words, lang),), lang))
    return tuple(own)


def _section(key: str, leads: tuple[str, ...], shown: tuple[Table, ...], lang: Lang) -> Section:
    return Section(key, label(f"report_section.{key}", lang), leads, None, shown)


def _files(origin: Origin, *, whole: bool, lang: Lang) -> Section:
    shown = ["file", "format", *(("records", "accepted", "skipped", "rejected", "events") if whole else ("own",))]
    frame = origin.files.select(shown).rename({"own": "events"}, strict=False)
    if frame.height > _MOST_FILES:
        counts = frame.group_by("format", maintain_order=True).agg(pl.len().alias("file"), pl.exclude("format", "file").sum())
        many = [label("report_quality.many_files", lang).format(count=written.count(count, lang)) for count in counts["file"]]
        frame = counts.with_columns(pl.Series("file", many)).select(frame.columns)
    lead = label("report_lead.files" if whole else "report_lead.files.own", lang).format(
        files=written.count(origin.files["file"].n_unique(), lang), load=origin.last_load, version=version("sms-analytics")
    )
    table = Table("files", label("report_section.files", lang), tables.columns(frame.columns, lang), tuple(frame.rows()))
    return _section("files", (lead,), (table,), lang)


def _words(frame: pl.DataFrame, lang: Lang) -> Table:
    heads = [Column(label(f"report_column.{name}", lang), "text", weight) for name, weight in (("unread", 2.5), ("feed", 1.2), ("format", 1.2))]
    return Table(
        "unmapped",
        label("report_section.unmapped", lang),
        (*heads, *tables.columns(("events",), lang)),
        tuple(frame.select("written", "feed", "format", "events").rows()),
    )
