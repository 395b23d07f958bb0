"""Codes of premium messages that Telenor gives and several gateways hand on as they are."""

from typing import Final

from sms_analytics.formats.engine.description import Says, Words

#: Error codes of Telenor's that are deliveries.
DELIVERED: Final[Words] = {
    "210": Says("delivered", charge="failed"),
    "220": Says("delivered", charge="charged"),
    "230": Says("delivered", charge="not_charged"),
}
