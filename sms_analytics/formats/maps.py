"""Whether what the configuration maps stands under formats and code systems that there are."""

from sms_analytics import formats
from sms_analytics.config import FILE_NAME, Config
from sms_analytics.errors import ConfigError
from sms_analytics.events import codes
from sms_analytics.events.maps import OF_CONNECTION


def check(config: Config) -> None:
    """Raises `ConfigError` where a map stands under a format or code system that does not exist."""
    for name in config.statuses:
        if name not in formats.names(config):
            raise ConfigError(f"{FILE_NAME}: statuses.{name}: no such format; accepted are: {', '.join(formats.names(config))}")
    known = {*codes.systems(), OF_CONNECTION, *(system for format in formats.of(config) for system in format.code_systems)}
    for name, feed in config.feeds.items():
        if feed.code_system not in (None, *known, *config.codes):
            raise ConfigError(
                f"{FILE_NAME}: feeds.{name}.code_system = {feed.code_system!r}: accepted are: {', '.join(sorted({*known, *config.codes}))}"
            )
    for system in config.codes:
        if system not in {*known, *(feed.code_system for feed in config.feeds.values())}:
            raise ConfigError(
                f"{FILE_NAME}: codes.{system}: no such code system; accepted are the code_system of a feed here and: {', '.join(sorted(known))}"
            )
