"""`[check.NAME]`: rules that `sms-analytics check` looks at, for cron."""

from datetime import timedelta
from typing import Any, Final, Literal, get_args

from pydantic import Field, field_validator, model_validator

from sms_analytics.config.sections import Duration, Section

Rule = Literal["coverage", "confirmed", "outage", "slow", "stale", "unmapped"]
RULES: Final = get_args(Rule)
#: Keys without which a rule says nothing.
_NEEDED: Final[dict[str, str]] = {"coverage": "least", "slow": "within", "stale": "within"}
#: Keys that only some rules have.
_ONLY_FOR: Final[dict[str, tuple[str, ...]]] = {
    "least": ("coverage",),
    "within": ("slow", "stale", "outage"),
    "most": ("unmapped",),
    "days": ("confirmed",),
    "by": ("coverage", "confirmed", "slow"),
    "over": ("coverage", "confirmed", "slow"),
    "age": ("coverage", "confirmed", "slow"),
    "min_sent": ("coverage", "confirmed", "slow"),
    "operator": ("coverage", "confirmed", "slow"),
    "account": ("coverage", "confirmed", "slow"),
    "where": ("coverage", "confirmed", "slow"),
}


class CheckConfig(Section):
    """One `[check.NAME]` table: what must hold, of which messages, and from how many on it can be told."""

    rule: Rule
    #: Which messages; with `by` each group of a dimension is judged by itself.
    feed: str | None = None
    operator: str | None = None
    account: str | None = None
    where: str | None = None
    by: Literal["operator", "feed", "account", "country"] | None = None
    #: Messages are looked at when they are `age` old, those of a period as long as `over`: so none is judged before its time.
    age: Duration = timedelta(hours=1)
    over: Duration = timedelta(hours=24)
    min_sent: int = Field(default=100, ge=1)
    least: float | None = Field(default=None, ge=0, le=1)
    within: Duration | None = None
    most: int = Field(default=0, ge=0)
    days: int = Field(default=28, ge=12, le=366)

    @field_validator("age", "over", "within")
    @classmethod
    def _is_time(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value <= timedelta(0):
            raise ValueError("write a duration above 0, such as 1h")
        return value

    @model_validator(mode="before")
    @classmethod
    def _fits(cls, written: Any) -> Any:
        rule = str(written.get("rule")) if isinstance(written, dict) else ""
        if rule not in RULES:
            return written
        needed = _NEEDED.get(rule)
        if needed and needed not in written:
            raise ValueError(f"the rule {rule} needs {needed}")
        strangers = sorted(key for key in written if key in _ONLY_FOR and rule not in _ONLY_FOR[key])
        if strangers:
            raise ValueError(f"the rule {rule} has no {strangers[0]}")
        return written

    @model_validator(mode="after")
    def _is_slow_before_it_is_judged(self) -> "CheckConfig":
        if self.rule == "slow" and self.within is not None and self.within >= self.age:
            raise ValueError("within must be shorter than age: messages are looked at when they are age old")
        return self
