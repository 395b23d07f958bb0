"""Phone numbers as people and systems write them: E.164 and country. Never a filter: what is no number stays as written.

What is read: `+47...`, `0047...`, `47...`, national numbers of the home country with and without its trunk prefix, blanks of every kind,
hyphens, dots, parentheses, a lost `+`, a trailing `.0` and Excel's `4.740000001E+09`. A number whose digits are gone (`4,74E+09`, `47400xxxxx`)
stays as written, since completing it would invent a recipient; its country is still read from the digits that are left. Short numbers and
names have no country of their own.

Where a number could be the home country's or another one's that lost its `+`, `national_numbers` decides.

Numbers are handled as integers, since columns of millions are read: digits become text again only at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import polars as pl
from phonenumbers import PhoneMetadata

from sms_analytics.errors import UsageError
from sms_analytics.events import national_numbers

#: The longest number in E.164 and the longest short number, in digits.
_LONGEST: Final = 15
_LONGEST_SHORT: Final = 6

#: Beginning and length of national numbers that the metadata of `phonenumbers` lacks. Norway: machine-to-machine,
#: https://www.nkom.no/marked/nummerforvaltning/e.164-nummerplan/8-og-12-sifrede-nummerserier
_FURTHER_NATIONAL: Final = {"NO": (58, 12)}
_NONE: Final = (0, 0)

_SEPARATORS: Final = r"[\s\u00A0\u00AD\u2000-\u200F\u202A-\u202F\u205F\u2060\u3000\uFEFF().\-\u2010-\u2015\u2212/']"
_DECIMAL_TAIL: Final = r"^(\+?[0-9]{5,})[.,]0+$"
_TRUNK_IN_BRACKETS: Final = r"^((?:\+|00).*)\(0\)"
_SCIENTIFIC: Final = r"^\+?([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})$"
_MASKED: Final = r"^\+?[0-9]{2,}[xX*#•]+[0-9]*$"

_TEN: Final = pl.lit(10, dtype=pl.Int64)
_POWERS: Final = pl.Series([10**exponent for exponent in range(_LONGEST + 4)], dtype=pl.Int64)


@dataclass(frozen=True)
class _Plan:
    """How the home country writes its own numbers."""

    calling_code: int
    trunk: str
    mobile_lengths: tuple[int, ...]
    lengths: tuple[int, ...]
    keeps_zero: bool
    further: tuple[int, int]


@dataclass(frozen=True)
class _Prefixes:
    """The longest-prefix table as intervals: from `starts[i]` up to the next start, the answers are `countries[i]` and `lengths[i]`."""

    width: int
    starts: pl.Series
    countries: pl.Series
    lengths: pl.Series

    def ranges_of(self, numbers: pl.Series) -> pl.Series:
        """The interval of each number."""
        padded = numbers.fill_null(0) * _POWERS[(_LONGEST - _size(numbers)).clip(0)]
        ranges: pl.Series = self.starts.search_sorted(padded // 10 ** (_LONGEST - self.width), side="right") - 1
        return ranges


def _size(values: pl.Series) -> pl.Series:
    """How many digits the values have."""
    return _POWERS[1:].search_sorted(values.fill_null(0), side="right").cast(pl.Int64) + 1


@lru_cache(maxsize=8)
def _plan(home_country: str) -> _Plan:
    metadata = PhoneMetadata.metadata_for_region(home_country)
    if metadata is None or metadata.country_code is None:
        raise UsageError(f"home_country = '{home_country}': no such country in the numbering plans; write its ISO 3166 code such as NO or SE")
    parts = [part for part in (metadata.mobile, metadata.fixed_line, metadata.general_desc) if part is not None]
    mobile, both = parts[0], parts[:2]
    trunk = metadata.national_prefix or ""
    most = _LONGEST - len(str(metadata.country_code))
    return _Plan(
        calling_code=metadata.country_code,
        trunk="" if trunk == str(metadata.country_code) else trunk,
        mobile_lengths=mobile.possible_length,
        lengths=tuple(sorted({length for part in both for length in part.possible_length if 0 < length <= most})),
        keeps_zero=any((part.example_number or "").startswith("0") for part in both),
        further=_FURTHER_NATIONAL.get(home_country, _NONE),
    )


@lru_cache(maxsize=1)
def _prefixes() -> _Prefixes:
    file = resources.files("sms_analytics.events.reference") / "calling_codes.csv"
    table = pl.read_csv(file.read_bytes(), columns=["prefix", "country", "digits"], infer_schema=False)
    known = {prefix: (country, sum(1 << int(length) for length in digits.split())) for prefix, country, digits in table.iter_rows()}
    width = max(len(prefix) for prefix in known)
    spans = [(int(prefix), 10 ** (width - len(prefix))) for prefix in known]
    starts = sorted({0} | {start * size for start, size in spans} | {(start + 1) * size for start, size in spans})
    texts = [str(start).zfill(width) for start in starts]
    answers = [next((known[text[:length]] for length in range(width, 0, -1) if text[:length] in known), (None, 0)) for text in texts]
    return _Prefixes(
        width=width,
        starts=pl.Series(starts, dtype=pl.Int64),
        countries=pl.Series("country", [country for country, _ in answers], dtype=pl.String),
        lengths=pl.Series("possible", [lengths for _, lengths in answers], dtype=pl.Int64),
    )


def _plain(text: pl.Series) -> pl.Series:
    """The value where `text` is digits, perhaps after a `+`, else null."""
    values = text.cast(pl.Int64, strict=False)
    return values.set(text.str.starts_with("-").fill_null(value=False), None)


def _without_blanks(text: pl.Series) -> pl.Series:
    return text.str.strip_chars().str.replace_all(" ", "", literal=True)


def _without_separators(text: pl.Series) -> pl.Series:
    text = text.str.strip_chars().str.replace(_DECIMAL_TAIL, "$1").str.replace(_TRUNK_IN_BRACKETS, "$1")
    return text.str.replace_all(_SEPARATORS, "")


#: From cheap to dear; each sees only what the ones before it could not turn into digits.
_CLEANINGS: Final[tuple[Callable[[pl.Series], pl.Series], ...]] = (lambda text: text, _without_blanks, _without_separators)


def _numbers(text: pl.Series, cleanings: tuple[Callable[[pl.Series], pl.Series], ...] = _CLEANINGS) -> pl.DataFrame:
    """`number`: digits, perhaps after a `+`, null where `text` is no number; `exact` where all its digits are there."""
    if not cleanings:
        return _incomplete(text)
    number = cleanings[0](text)
    whole = _plain(number).is_not_null()
    exact = pl.DataFrame({"number": number.filter(whole)}).with_columns(exact=True)
    if whole.all():
        return exact
    order = pl.concat([whole.arg_true(), whole.not_().arg_true()]).arg_sort()
    return pl.concat([exact, _numbers(text.filter(~whole), cleanings[1:])])[order]


def _incomplete(text: pl.Series) -> pl.DataFrame:
    """As `_numbers`, with zeros for the digits that a mask or Excel took away."""
    read = pl.DataFrame({"text": text.str.strip_chars(), "bare": text.str.replace_all(_SEPARATORS, "")}).with_columns(
        shown=pl.col("text").str.extract(_SCIENTIFIC, 1) + pl.col("text").str.extract(_SCIENTIFIC, 2).fill_null(""),
        size=pl.col("text").str.extract(_SCIENTIFIC, 3).cast(pl.Int64) + 1,
    )
    shown = pl.col("shown").str.len_bytes()
    return read.select(
        number=pl.when(pl.col("bare").str.contains(_MASKED))
        .then(pl.col("bare").str.replace_all("[^0-9+]", "0"))
        .when(shown <= pl.col("size"))
        .then(pl.col("shown").str.pad_end(pl.col("size"), "0")),
        exact=(shown == pl.col("size")).fill_null(value=False),
    )


def _measured(written: pl.Series) -> pl.DataFrame:
    """`number`, `exact`, and of the number its `value`, `plus`, leading `zeros` and `size` in digits without these."""
    numbers = _numbers(written)
    number = numbers["number"]
    value = _plain(number)
    plus = number.str.starts_with("+")
    size = _size(value)
    zeros = number.str.len_bytes().cast(pl.Int64) - plus.cast(pl.Int64) - size
    return numbers.with_columns(value=value, plus=plus, size=size, zeros=zeros)


def _international() -> pl.Expr:
    """The number after `+` or `00`, null where neither stands or no country follows."""
    said = (pl.col("plus") & (pl.col("zeros") == 0)) | (pl.col("zeros") == 2)
    return pl.when(said & pl.col("size").is_between(_LONGEST_SHORT + 1, _LONGEST)).then("value")


def _prefixed(code: int, value: pl.Expr, length: pl.Expr) -> pl.Expr:
    """`code` written before the `length` digits of `value`."""
    return code * _TEN ** length.clip(0, _LONGEST) + value


def _begins(value: pl.Expr, size: pl.Expr, beginning: int) -> pl.Expr:
    """Whether the digits of `value` begin with those of `beginning`."""
    return value // _TEN ** (size - len(str(beginning))).clip(0, _LONGEST) == beginning


def _national(plan: _Plan) -> pl.Expr:
    """E.164 of what is written as a number of the home country, else null."""
    value, size, zeros = pl.col("value"), pl.col("size"), pl.col("zeros")
    trunk = plan.trunk.lstrip("0")
    trunk_zeros = len(plan.trunk) - len(trunk)
    length = size - len(trunk) + zeros - trunk_zeros
    fits = length.is_in(plan.lengths if plan.trunk else plan.mobile_lengths) & zeros.is_between(trunk_zeros, trunk_zeros + plan.keeps_zero)
    if plan.trunk:
        fits = fits & (size + zeros > _LONGEST_SHORT)
    else:
        code_size = len(str(plan.calling_code))
        fits = fits & ~(_begins(value, size, plan.calling_code) & (size - code_size).is_in(plan.mobile_lengths))
    if trunk:
        fits = fits & _begins(value, size, int(trunk))
        value = value % _TEN ** length.clip(0, _LONGEST)
    return pl.when(fits).then(_prefixed(plan.calling_code, value, length))


def _machine(plan: _Plan) -> pl.Expr:
    """E.164 of a national number that the metadata lacks, else null."""
    beginning, length = plan.further
    fits = (pl.col("size") == length) & (pl.col("zeros") == 0) & _begins(pl.col("value"), pl.col("size"), beginning)
    return pl.when(fits).then(_prefixed(plan.calling_code, pl.col("value"), pl.col("size")))


def _unsigned(plan: _Plan) -> pl.Expr:
    """E.164 of what has neither an international nor a national sign and so may have lost it, else null."""
    value, size = pl.col("value"), pl.col("size")
    foreign = pl.col("possible") & pl.lit(2, dtype=pl.Int64) ** size.clip(0, 62) != 0
    own = _begins(value, size, plan.calling_code) & (size > len(str(plan.calling_code)) + max(plan.lengths))
    return (
        pl.when((pl.col("zeros") > 0) | ~size.is_between(_LONGEST_SHORT + 1, _LONGEST))
        .then(None)
        .when(foreign | own)
        .then(value)
        .when(size.is_in(plan.lengths))
        .then(_prefixed(plan.calling_code, value, size))
    )


def _resolved(measured: pl.DataFrame, home_country: str) -> pl.Series:
    """E.164 as an integer, null where the number is none."""
    plan = _plan(home_country)
    signed = measured.select(_international()).to_series()
    still = signed.is_null() & measured["value"].is_not_null()
    if not still.any():
        return signed
    table = _prefixes()
    rest = measured.filter(still)
    ranges = table.ranges_of(rest["value"])
    rest = rest.with_columns(table.lengths[ranges], table.countries[ranges])
    rest = rest.with_columns(plain=pl.coalesce(_national(plan), _machine(plan)))
    rest = rest.with_columns(own=_own(rest, home_country), unsigned=_unsigned(plan))
    read = rest.select(pl.coalesce("plain", "own", "unsigned")).to_series()
    left = read.is_null() & ~rest["plus"]
    dialled = national_numbers.parsed(rest.filter(left).select(_digits()).to_series(), home_country)
    return signed.scatter(still.arg_true(), read.scatter(left.arg_true(), dialled))


def _digits() -> pl.Expr:
    """The digits as written, leading zeros too; null for more zeros than any number has."""
    zeros = pl.lit("0").repeat_by(pl.when(pl.col("zeros").is_between(0, 3)).then("zeros")).list.join("")
    return zeros + pl.col("value").cast(pl.String)


def _own(rest: pl.DataFrame, home_country: str) -> pl.Series:
    """E.164 of numbers without any sign that are the home country's by the patterns of its numbers, else null."""
    unsure = (rest["plain"].is_null() & ~rest["plus"] & (rest["zeros"] == 0)).fill_null(value=False)
    digits = rest.filter(unsure).select(pl.col("value").cast(pl.String).alias("number"), "country")
    answers = national_numbers.own(digits, home_country)
    return pl.Series([None], dtype=pl.Int64).new_from_index(0, len(rest)).scatter(unsure.arg_true(), answers)


def _unresolved(written: pl.Series, measured: pl.DataFrame) -> pl.Series:
    """Short numbers without a `+`, everything else as written and trimmed; null where nothing is written."""
    short = pl.col("exact") & (pl.col("size") + pl.col("zeros") <= _LONGEST_SHORT)
    trimmed = pl.col("written").str.strip_chars()
    texts = measured.with_columns(written=written).select(
        pl.when(short).then(pl.col("number").str.strip_prefix("+")).when(trimmed != "").then(trimmed)
    )
    return texts.to_series()


def read(recipients: pl.Series, home_country: str) -> pl.DataFrame:
    """`recipient` (E.164 with `+`; as written, trimmed, where it is no such number) and `country` (ISO 3166-1 alpha-2, null where unknown).

    One row per row of `recipients`, in its order; nothing is dropped. Numbers without a country are read as the home country would write them.
    Raises `UsageError` for a `home_country` without a numbering plan.
    """
    written = recipients.cast(pl.String)
    measured = _measured(written)
    resolved = _resolved(measured, home_country)
    numbers = "+" + resolved.cast(pl.String).set(~measured["exact"], None)
    left = numbers.is_null()
    if left.any():
        numbers = numbers.scatter(left.arg_true(), _unresolved(written.filter(left), measured.filter(left)))
    table = _prefixes()
    country = table.countries[table.ranges_of(resolved)]
    return pl.DataFrame({"recipient": numbers, "country": country})


def parts(number: str, home_country: str) -> tuple[str, str, str]:
    """Calling code, national digits and the home country's trunk prefix of a number in E.164; of a foreign number all digits and no trunk prefix."""
    plan = _plan(home_country)
    digits, code = number.removeprefix("+"), str(plan.calling_code)
    return (code, digits.removeprefix(code), plan.trunk) if digits.startswith(code) else (code, digits, "")


def one(text: str, home_country: str) -> tuple[str, str | None]:
    """Recipient and country of a single number as somebody typed it; see `read`."""
    recipient, country = read(pl.Series([text], dtype=pl.String), home_country).row(0)
    return recipient or "", country
