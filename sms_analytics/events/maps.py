"""What the configuration says that words, codes and texts mean: `[feeds.NAME.statuses]`, `[statuses.FORMAT]`, `[feeds.NAME.codes]`, `[codes.SYSTEM]`,
`[feeds.NAME.texts]`, `[texts]`.

A feed's own map wins over that of its format or code system, and both win over what the formats, `reference/codes.csv` and
`reference/reason_texts.csv` know. Words are compared without regard to letter case and outer blanks, codes as `events/codes.py` does, texts as
`events/reason_texts.py` does.
"""

from typing import Final

import polars as pl

from sms_analytics.config import Config, Meaning, Words
from sms_analytics.events import codes, reason_texts
from sms_analytics.events.readings import READING

#: The code system of a number that only the connection's operator can explain.
OF_CONNECTION: Final = "smpp"

_MEANING: Final = {"mapped_status": codes.STATUS, "mapped_reason": codes.REASON}


def word(written: str) -> str:
    """The word as it is compared."""
    return written.strip().casefold()


def _words(config: Config, feed: str, format: str) -> dict[str, Meaning]:
    def compared(words: Words) -> dict[str, Meaning]:
        return {word(written): meaning for written, meaning in words.items()}

    return compared(config.statuses.get(format, {})) | compared(config.feed(feed).statuses)


def has_words(config: Config) -> bool:
    """Whether any status word is mapped."""
    return bool(config.statuses) or any(feed.statuses for feed in config.feeds.values())


def with_configured_words(frame: pl.DataFrame, config: Config, format: str) -> pl.DataFrame:
    """The frame with `status` and `reason` as the configuration maps its words (`status_raw`, by `feed`). Others stay as they are."""
    if not has_words(config):
        return frame
    distinct = frame.select("feed", "status_raw").drop_nulls().unique()
    known = {feed: _words(config, feed, format) for feed in distinct["feed"].unique()}
    found = [known[feed].get(word(written)) for feed, written in distinct.iter_rows()]
    meanings = pl.DataFrame([(meaning.status, meaning.reason) if meaning else (None, None) for meaning in found], schema=_MEANING, orient="row")
    answers = distinct.hstack(meanings)
    joined = frame.join(answers, on=["feed", "status_raw"], how="left", maintain_order="left")
    mapped = pl.col("mapped_status").is_not_null()
    # What the format took the word for is no reason of what it means here.
    other = mapped & (pl.col("mapped_status") != pl.col("status"))
    return joined.with_columns(
        status=pl.coalesce("mapped_status", "status"),
        reason=pl.when(mapped & pl.col("mapped_reason").is_not_null()).then("mapped_reason").when(~other).then("reason"),
    ).drop(*_MEANING)


def readings_as_stored(readings: pl.DataFrame, config: Config, format: str, feed: str | None) -> pl.DataFrame:
    """Readings with the status that they are stored with; `feed` is that of records that name none."""
    if not has_words(config):
        return readings
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in READING.items() if name not in readings.columns]
    filled = readings.with_columns(missing).with_columns(feed=pl.col("feed").fill_null(pl.lit(feed or format)))
    return with_configured_words(filled.with_columns(pl.col("status").cast(codes.STATUS), pl.col("reason").cast(codes.REASON)), config, format)


def _own_reasons(config: Config) -> dict[tuple[str, str | None, str], str]:
    """(feed or empty, code system, code) and reason of every code that the configuration maps."""
    own: dict[tuple[str, str | None, str], str] = {}
    for of_all, table in config.codes.items():
        own |= {("", of_all, codes.key(code)): reason for code, reason in table.items()}
    for name, feed in config.feeds.items():
        systems: tuple[str | None, ...] = (None, OF_CONNECTION, feed.code_system)
        for system in systems:
            own |= {(name, system, codes.key(code)): reason for code, reason in feed.codes.items()}
    return own


def reasons(rows: pl.DataFrame, config: Config) -> pl.Series:
    """The reason of each row's code (`feed`, `code_system`, `code_raw`): the configuration's, else that of `reference/codes.csv`, else null."""
    known = codes.reasons(rows["code_system"], rows["code_raw"])
    own = _own_reasons(config)
    if not own:
        return known
    distinct = rows.select("feed", "code_system", "code_raw").unique()
    mapped = [_reason(own, feed, system, codes.key(code or "")) for feed, system, code in distinct.iter_rows()]
    answers = distinct.with_columns(mapped=pl.Series(mapped, dtype=codes.REASON))
    joined = rows.select("feed", "code_system", "code_raw").join(
        answers, on=["feed", "code_system", "code_raw"], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.select(pl.coalesce("mapped", pl.lit(known))).to_series()


def _reason(own: dict[tuple[str, str | None, str], str], feed: str, system: str | None, code: str) -> str | None:
    return own.get((feed, system, code)) or own.get(("", system, code))


def _own_texts(config: Config) -> dict[tuple[str, str], str]:
    """(feed or empty, text as it is compared) and reason of every text that the configuration maps."""
    own = {("", reason_texts.key_of(text)): reason for text, reason in config.texts.items()}
    for name, feed in config.feeds.items():
        own |= {(name, reason_texts.key_of(text)): reason for text, reason in feed.texts.items()}
    return own


def text_reasons(rows: pl.DataFrame, config: Config) -> pl.Series:
    """The reason that each row's text says (`feed`, `detail`): the configuration's, else that of `reference/reason_texts.csv`, else null."""
    known = reason_texts.reasons(rows["detail"])
    own = _own_texts(config)
    if not own:
        return known
    distinct = rows.select("feed", "detail").drop_nulls().unique().with_columns(key=reason_texts.key(pl.col("detail")))
    mapped = [own.get((feed, key)) or own.get(("", key)) for feed, key in distinct.select("feed", "key").iter_rows()]
    answers = distinct.select("feed", "detail", mapped=pl.Series(mapped, dtype=codes.REASON))
    joined = rows.select("feed", "detail").join(answers, on=["feed", "detail"], how="left", maintain_order="left")
    return joined.select(pl.coalesce("mapped", pl.lit(known))).to_series()


class Known:
    """Which words, codes and texts have a meaning under a configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._reasons = _own_reasons(config)
        self._texts = _own_texts(config)

    def has_word(self, feed: str, format: str, written: str) -> bool:
        own = self._config.formats.get(format)
        return word(written) in _words(self._config, feed, format) or (own is not None and word(written) in map(word, own.statuses))

    def has_code(self, feed: str, format: str, system: str | None, code: str) -> bool:
        """Whether a code has a meaning, be it that nothing went wrong."""
        own = self._config.formats.get(format)
        if own is not None and codes.key(code) in map(codes.key, own.codes):
            return True
        return _reason(self._reasons, feed, system, codes.key(code)) is not None or (system is not None and codes.is_known(system, code))

    def has_text(self, feed: str, text: str) -> bool:
        """Whether a text has a meaning, be it that it says no reason."""
        key = reason_texts.key_of(text)
        return (feed, key) in self._texts or ("", key) in self._texts or bool(reason_texts.read(pl.Series([text]))["known"][0])
