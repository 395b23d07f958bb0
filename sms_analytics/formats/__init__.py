"""The raw formats that can be read, and which of them a file has."""

from importlib import import_module
from typing import Final

from sms_analytics.config import Config
from sms_analytics.errors import UsageError
from sms_analytics.events.readings import Format
from sms_analytics.formats import (
    africastalking,
    alibaba,
    android_sms_gateway,
    aws,
    azure,
    bandwidth,
    clickatell,
    clicksend,
    cpsms,
    elks46,
    esendex,
    front,
    gammu,
    gatewayapi,
    infobip,
    inmobile,
    ip1,
    jasmin,
    jasmin_callback,
    kannel,
    kannel_bearerbox,
    kannel_callback,
    kannel_sqlbox,
    link,
    link_dk,
    messagebird,
    messagemedia,
    msg91,
    parsed_receipt,
    playsms,
    plivo,
    pswincom,
    puzzel,
    routee,
    sendega,
    sinch,
    smpp,
    smsapi,
    smstools,
    strex,
    sveve,
    table,
    telnyx,
    twilio,
    ucp,
    vianett,
    vonage,
)
from sms_analytics.formats.engine import user_formats
from sms_analytics.vocabulary import IdRule

#: One line per format; the module's name is the word on the command line.
FORMATS: Final[tuple[Format, ...]] = (
    africastalking.FORMAT,
    alibaba.FORMAT,
    android_sms_gateway.FORMAT,
    aws.FORMAT,
    azure.FORMAT,
    bandwidth.FORMAT,
    clickatell.FORMAT,
    clicksend.FORMAT,
    cpsms.FORMAT,
    elks46.FORMAT,
    esendex.FORMAT,
    front.FORMAT,
    gammu.FORMAT,
    gatewayapi.FORMAT,
    infobip.FORMAT,
    inmobile.FORMAT,
    ip1.FORMAT,
    jasmin.FORMAT,
    jasmin_callback.FORMAT,
    kannel.FORMAT,
    kannel_bearerbox.FORMAT,
    kannel_callback.FORMAT,
    kannel_sqlbox.FORMAT,
    link.FORMAT,
    link_dk.FORMAT,
    messagebird.FORMAT,
    messagemedia.FORMAT,
    msg91.FORMAT,
    parsed_receipt.FORMAT,
    playsms.FORMAT,
    plivo.FORMAT,
    pswincom.FORMAT,
    puzzel.FORMAT,
    routee.FORMAT,
    sendega.FORMAT,
    sinch.FORMAT,
    smsapi.FORMAT,
    smstools.FORMAT,
    strex.FORMAT,
    sveve.FORMAT,
    telnyx.FORMAT,
    twilio.FORMAT,
    ucp.FORMAT,
    vianett.FORMAT,
    vonage.FORMAT,
    smpp.FORMAT,
    table.FORMAT,
)

_NOTHING: Final = Config()


def of(config: Config = _NOTHING) -> tuple[Format, ...]:
    """The formats that can be read: those of `[formats.NAME]` and ours. A vendor of ours whose name the user takes is replaced by his.

    Raises `ConfigError` for a name that cannot be taken, and for what is kept of a format that there is not.
    """
    ours = [format.name for format in FORMATS]
    user_formats.check_kept(config, ours)
    vendors = {format.name for format in FORMATS if format.container == "records"}
    own = user_formats.made(config, ours, vendors)
    return (*own, *(format for format in FORMATS if format.name not in config.formats))


def openings() -> list[str]:
    """How lines of the gateways' own logs begin, wherever they stand."""
    return [format.opening for format in FORMATS if format.opening is not None]


def names(config: Config = _NOTHING) -> list[str]:
    """The formats' names, as `--format` takes them."""
    return [format.name for format in of(config)]


def named(name: str, config: Config = _NOTHING) -> Format:
    """The format of that name. Raises `UsageError` that lists the accepted ones."""
    for format in of(config):
        if format.name == name:
            return format
    raise UsageError(f"--format {name}: no such format; accepted are: {', '.join(names(config))}")


def documentation(format: Format) -> str:
    """What `sms-analytics formats NAME` says."""
    return format.documentation or str(import_module(f"{__name__}.{format.name}").__doc__)


def id_rules(config: Config = _NOTHING) -> dict[str, IdRule]:
    """How a format's vendor is known to write its ids, for those that do not simply give each message one."""
    return {format.name: format.id_rule for format in of(config) if format.id_rule is not None}


def validity(config: Config = _NOTHING) -> dict[str, int]:
    """Seconds that a format's vendor waits for a final status, for those known to be shorter than the operators' usual period."""
    return {format.name: int(format.validity.total_seconds()) for format in of(config) if format.validity is not None}


def premium(config: Config = _NOTHING) -> list[str]:
    """The formats whose prices are what recipients are charged: by their documentation, for tables by `[table] price`."""
    return [format.name for format in of(config) if format.price == "premium"] + ([table.FORMAT.name] if config.table.price == "premium" else [])
