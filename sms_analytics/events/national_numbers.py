"""Numbers without any sign of their country that are written as the home country writes its own, by the patterns of `phonenumbers`.

`13800000001` is a mobile number in China and could be one in Ohio that lost its `+`. With China as home country it is Chinese: that is how mobile
numbers are written there. Where the home country writes a zero first (Germany, Finland), a number without it is its own only if it is a mobile number
there and none of the country that its first digits are the code of.

The patterns are asked column by column, in Rust's engine: one number at a time would be too slow for columns of millions.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl
from phonenumbers import PhoneMetadata, parse, region_code_for_country_code
from phonenumbers.phonenumberutil import NumberParseException, is_valid_number

#: The shortest and longest numbers that are looked at; shorter ones are short numbers.
_LENGTHS: Final = (7, 15)


@dataclass(frozen=True)
class _Formatting:
    """Numbers that `beginning` and `whole` match are written with the trunk prefix, or without."""

    beginning: str
    whole: str
    with_trunk: bool


@dataclass(frozen=True)
class _Patterns:
    """What a country's mobile and fixed numbers look like without calling code and trunk prefix."""

    calling_code: int
    mobile: str
    fixed: str
    formattings: tuple[_Formatting, ...]
    parsed: bool


def _whole(pattern: str | None) -> str:
    """`pattern` for a whole number; what matches nothing where there is none."""
    return f"^(?:{pattern})$" if pattern else "^$"


@lru_cache(maxsize=256)
def _patterns(country: str) -> _Patterns | None:
    own = PhoneMetadata.metadata_for_region(country)
    if own is None or own.country_code is None:
        return None
    main = PhoneMetadata.metadata_for_region(region_code_for_country_code(own.country_code)) or own
    trunk = own.national_prefix or ""
    return _Patterns(
        calling_code=own.country_code,
        mobile=_whole(own.mobile.national_number_pattern if own.mobile else None),
        fixed=_whole(own.fixed_line.national_number_pattern if own.fixed_line else None),
        formattings=tuple(
            _Formatting(
                beginning=f"^(?:{form.leading_digits_pattern[-1]})" if form.leading_digits_pattern else "",
                whole=_whole(form.pattern),
                with_trunk=bool(trunk) and trunk in (form.national_prefix_formatting_rule or "").partition("\\")[0],
            )
            for form in main.number_format
        ),
        parsed=own.national_prefix_transform_rule is not None or (own.national_prefix_for_parsing or trunk) != trunk,
    )


def _as_written_at_home(number: pl.Expr, patterns: _Patterns) -> pl.Expr:
    """Whether the country writes this number without a trunk prefix."""
    answers = [
        pl.when(number.str.contains(form.beginning) & number.str.contains(form.whole)).then(pl.lit(not form.with_trunk))
        for form in patterns.formattings
    ]
    return pl.coalesce(*answers, pl.lit(value=True))


def _foreign(numbers: pl.DataFrame) -> pl.DataFrame:
    """`number`, and `foreign` where it is a mobile or fixed number of `country` with its calling code."""
    judged = []
    for (country,), rows in numbers.group_by("country"):
        patterns = _patterns(str(country)) if country is not None else None
        if patterns is None:
            judged.append(rows.with_columns(foreign=pl.lit(value=False)))
            continue
        rest = pl.col("number").str.strip_prefix(str(patterns.calling_code))
        judged.append(rows.with_columns(foreign=rest.str.contains(patterns.mobile) | rest.str.contains(patterns.fixed)))
    return pl.concat(judged).select("number", "foreign") if judged else pl.DataFrame(schema={"number": pl.String(), "foreign": pl.Boolean()})


def own(numbers: pl.DataFrame, home_country: str) -> pl.Series:
    """E.164 as an integer of each of `numbers` that is the home country's own, null for the others.

    `number`: the digits as written; `country`: the one whose calling code they begin with, or null.
    """
    patterns = _patterns(home_country)
    if patterns is None:
        return pl.Series([None] * numbers.height, dtype=pl.Int64)
    number = pl.col("number")
    distinct = numbers.unique("number").filter(number.str.len_bytes().is_between(*_LENGTHS))
    read = distinct.select(
        "number",
        "country",
        mobile=number.str.contains(patterns.mobile),
        fixed=number.str.contains(patterns.fixed),
        usual=_as_written_at_home(number, patterns),
    ).filter(pl.col("mobile") | (pl.col("fixed") & pl.col("usual")))
    certain = pl.col("mobile") & pl.col("usual")
    doubtful = read.filter(~certain).select("number", "country")
    foreign = _foreign(doubtful).filter("foreign")
    kept = read.join(foreign, on="number", how="anti").select("number", e164=(pl.lit(str(patterns.calling_code)) + number).cast(pl.Int64))
    return numbers.join(kept, on="number", how="left", maintain_order="left")["e164"]


def parsed(numbers: pl.Series, home_country: str) -> pl.Series:
    """E.164 as an integer of numbers that the home country dials in a way of its own (Argentina's 15, Belarus' 8 0), null for all others."""
    patterns = _patterns(home_country)
    if patterns is None or not patterns.parsed:
        return pl.Series([None] * len(numbers), dtype=pl.Int64)
    distinct = numbers.unique().drop_nulls()
    answers = pl.DataFrame({"number": distinct, "e164": pl.Series([_dialled(text, home_country) for text in distinct], dtype=pl.Int64)})
    return numbers.to_frame("number").join(answers, on="number", how="left", maintain_order="left")["e164"]


def _dialled(text: str, home_country: str) -> int | None:
    if not _LENGTHS[0] <= len(text) <= _LENGTHS[1]:
        return None
    try:
        number = parse(text, home_country)
    except NumberParseException:
        return None
    if not is_valid_number(number):
        return None
    zeros = "0" * (number.number_of_leading_zeros or 1) if number.italian_leading_zero else ""
    return int(f"{number.country_code}{zeros}{number.national_number}")
