"""How much was delivered within how long, of all that was sent: delivered and failed compete, and what is still open is followed as far as it was
seen (O. O. Aalen and S. Johansen 1978).

Counting only what is delivered already would make every young day look quick, since its slow messages are still open.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from sms_analytics.questions.intervals import wilson

#: How messages can end, or be left: the columns of a frame of ends beside its groups and `seconds`.
ENDS: Final = ("delivered", "failed", "open")
_GROUP: Final = "group of the curve"
#: From where more than this share of the open messages is lost from sight, a curve goes on as that of others does.
_MOST_LOST: Final = 0.8
#: What is known of the others where a curve turns into theirs.
_AT_THE_TURN: Final = (("known_then", "known", 0.0), ("open_then", "others_open", 1.0))
#: Less than this is what rounding leaves of nothing.
_NOTHING: Final = 1e-12


def curves(ended: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """One row per group and second in which something ended, with the shares of sent messages that had ended by then.

    `ended` has the groups `by`, `seconds`, and how many messages (weights may be fractions) were `delivered`, `failed`, or seen `open` for the last
    time after exactly so long. Columns after `seconds`: `delivered`, `failed`, `open` as given, `at_risk` (neither ended nor lost from sight before),
    `share_delivered`, `share_failed`, `share_open` (their rest), `variance` (of `share_delivered`: Greenwood's, for competing ends).
    """
    keys = list(by) or [_GROUP]
    whole = ended if by else ended.with_columns(pl.lit(0).alias(_GROUP))
    counted = whole.group_by([*keys, "seconds"]).agg(pl.col(ENDS).sum().cast(pl.Float64)).sort([*keys, "seconds"])
    at_risk = pl.sum_horizontal(ENDS).cum_sum(reverse=True).over(keys)
    ended_now = pl.col("delivered") + pl.col("failed")
    left = counted.with_columns(at_risk=at_risk).with_columns(share_open=(1 - ended_now / pl.col("at_risk")).clip(0).cum_prod().over(keys))
    before = left.with_columns(before=pl.col("share_open").shift(1, fill_value=1.0).over(keys))
    shares = before.with_columns(
        **{f"share_{end}": (pl.col("before") * pl.col(end) / pl.col("at_risk")).cum_sum().over(keys) for end in ("delivered", "failed")}
    )
    return shares.with_columns(variance=_variance(keys)).select(*by, "seconds", *ENDS, "at_risk", *(f"share_{end}" for end in ENDS), "variance")


def _variance(keys: list[str]) -> pl.Expr:
    """Of the share delivered: what later steps add to (F(t) - F(s))^2 is written out, so that one pass over the steps s is enough."""
    risk, delivered, share, before = pl.col("at_risk"), pl.col("delivered"), pl.col("share_delivered"), pl.col("before")
    gone = delivered + pl.col("failed")
    # Where all that are left end at once, nothing follows, so no later share can differ from this one.
    hazard = pl.when(risk - gone > _NOTHING).then(gone / (risk * (risk - gone))).otherwise(0.0)
    own = before**2 * (risk - delivered) * delivered / risk**3
    both = before * delivered / risk**2
    zero, one, two, alone, cross, crossed = (
        term.cum_sum().over(keys) for term in (hazard, hazard * share, hazard * share**2, own, both, both * share)
    )
    return (share**2 * zero - 2 * share * one + two + alone - 2 * (share * cross - crossed)).clip(0)


def completed(curve: pl.DataFrame, by: Sequence[str], reference: pl.DataFrame, shared: Sequence[str]) -> pl.DataFrame:
    """A frame of `curves` for `quantiles`, whose groups go on as `reference` (another one, by `shared`, some of the columns `by`) from where most of
    their open messages are lost from sight: what is open then is taken to end as those that were open as long.
    """
    lost = (pl.col("open").cum_sum() - pl.col("open")).over(by)
    watched = curve.filter(lost <= _MOST_LOST * (lost + pl.col("at_risk")))
    ends = watched.group_by(by, maintain_order=True).agg(
        pl.col("seconds").last().alias("until"), pl.col("share_open").last().alias("left"), pl.col("share_delivered").last().alias("so_far")
    )
    others = reference.select(*shared, "seconds", "delivered", known="share_delivered", others_open="share_open")
    beside = ends.filter(pl.col("left") > _NOTHING).join(others, on=list(shared), nulls_equal=True).sort("seconds", maintain_order=True)
    early = pl.col("seconds") <= pl.col("until")
    at = {name: pl.col(column).filter(early).last().over(by).fill_null(start) for name, column, start in _AT_THE_TURN}
    later = beside.with_columns(**at).filter(~early & (pl.col("delivered") > 0) & (pl.col("open_then") > _NOTHING))
    scale = pl.col("left") / pl.col("open_then")
    tail = later.with_columns(
        share_delivered=pl.col("so_far") + (pl.col("known") - pl.col("known_then")) * scale, delivered=(pl.col("delivered") * scale).clip(1)
    )
    needed = [*by, "seconds", "delivered", "share_delivered"]
    return pl.concat([watched.select(needed), tail.select(needed)]).sort([*by, "seconds"])


def shares_within(curve: pl.DataFrame, by: Sequence[str], within: Mapping[str, float]) -> pl.DataFrame:
    """One row per group of a frame of `curves`: for each name of `within` the share delivered in so many seconds, and as `NAME_low` and
    `NAME_high` its 95 % interval (Wilson's, of as many messages as would vary as much). Null where nobody was seen for so long.
    """
    keys = list(by) or [_GROUP]
    whole = curve if by else curve.with_columns(pl.lit(0).alias(_GROUP))
    figures = [figure for name, seconds in within.items() for figure in _within(name, seconds)]
    found = whole.group_by(keys, maintain_order=True).agg(*figures)
    ends = [_interval(name, side) for name in within for side in (-1, +1)]
    kept = [column for name in within for column in (name, f"{name}_low", f"{name}_high")]
    return found.with_columns(*ends).select(*by, *kept)


def _within(name: str, seconds: float) -> list[pl.Expr]:
    early = pl.col("seconds") <= seconds
    seen = (pl.col("seconds").max() >= seconds) | (pl.col("share_open").last() <= _NOTHING)
    share = pl.col("share_delivered").filter(early).last().fill_null(0.0)
    ended = (pl.col("delivered") + pl.col("failed")).filter(early).sum()
    watched = pl.sum_horizontal(ENDS).filter(~early).sum()
    return [
        pl.when(seen).then(share).alias(name),
        pl.col("variance").filter(early).last().fill_null(0.0).alias(f"{name} variance"),
        (ended + watched).alias(f"{name} seen"),
    ]


def _interval(name: str, side: int) -> pl.Expr:
    share, variance, seen = pl.col(name), pl.col(f"{name} variance"), pl.col(f"{name} seen")
    messages = pl.when(variance > _NOTHING * _NOTHING).then(share * (1 - share) / variance).otherwise(seen)
    end = wilson(share * messages, messages, side)
    return pl.when(messages > 0).then(end).clip(0, 1).alias(f"{name}_{'low' if side < 0 else 'high'}")


def quantiles(curve: pl.DataFrame, by: Sequence[str], of: Mapping[str, float]) -> pl.DataFrame:
    """One row per group of a frame of `curves` with a delivered message: for each name of `of` the seconds within which that share of the delivered
    arrived; between two messages in proportion, so that without open messages it is the ordinary quantile.
    """
    keys = list(by) or [_GROUP]
    whole = curve if by else curve.with_columns(pl.lit(0).alias(_GROUP))
    steps = whole.with_columns(step=pl.col("share_delivered").diff().over(keys).fill_null(pl.col("share_delivered"))).filter(pl.col("delivered") > 0)
    # The messages of one step share it evenly. A quantile counts from the first message to the last, as ever.
    each = pl.col("step") / pl.col("delivered").clip(1)
    placed = steps.with_columns(each=each, first=pl.col("step").cum_sum().over(keys) - pl.col("step")).with_columns(
        last=pl.col("first") + pl.col("step") - pl.col("each"), following=pl.col("seconds").shift(-1).over(keys)
    )
    reach = (pl.col("step").sum() * (1 - 1 / pl.col("delivered").sum().clip(1))).over(keys)
    found = placed.with_columns(reach=reach)
    return found.group_by(keys, maintain_order=True).agg(**{name: _quantile(share) for name, share in of.items()}).select(*by, *of)


def _quantile(share: float) -> pl.Expr:
    target = pl.col("reach") * share
    here = pl.col("first") <= target + _NOTHING
    seconds, following = pl.col("seconds"), pl.col("following").fill_null(pl.col("seconds"))
    beyond = ((target - pl.col("last")) / pl.col("each")).clip(0, 1)
    return (seconds + (following - seconds) * beyond).filter(here).last()
