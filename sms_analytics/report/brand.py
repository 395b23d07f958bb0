"""Whose report it is: name, logo and a colour that can be read on light and on dark paper."""

import re
from base64 import b64encode
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass
from json import dumps
from typing import Final, Literal

import typst

from sms_analytics.config import BrandConfig
from sms_analytics.errors import ConfigError
from sms_analytics.report import fonts

LIGHT_PAPER: Final = "#ffffff"
DARK_PAPER: Final = "#16191d"

#: What WCAG 2.2 asks of text of normal size.
_CONTRAST: Final = 4.5
_MOST_BYTES: Final = 500_000

#: Pixels, twice as many as are shown.
DRAWN_HEIGHT: Final = 80
_PPI: Final = 144
_DRAWING: Final = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set text(font: "Inter")
#let picture = json(bytes(sys.inputs.picture))
#image(bytes(picture.data), format: picture.format, height: 40pt)
"""
_PNG: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Logo:
    """The picture as it lies in its file, and drawn as a PNG of `DRAWN_HEIGHT` pixels for what takes nothing else."""

    data: bytes
    format: Literal["png", "svg"]
    drawn: bytes

    @property
    def uri(self) -> str:
        """As an address that holds the picture."""
        mime = {"png": "image/png", "svg": "image/svg+xml"}[self.format]
        return f"data:{mime};base64,{b64encode(self.data).decode('ascii')}"


@dataclass(frozen=True)
class Brand:
    """Name and logo where there are some, and the colour on light and on dark paper."""

    name: str | None
    logo: Logo | None
    on_light: str
    on_dark: str


def of(settings: BrandConfig) -> Brand:
    """The brand of the configuration. `ConfigError` for a logo that cannot be used."""
    return Brand(settings.name, _logo(settings), readable(settings.colour, LIGHT_PAPER), readable(settings.colour, DARK_PAPER))


def readable(colour: str, paper: str) -> str:
    """The colour, darker or lighter by as little as makes text in it readable on `paper`."""
    hue, lightness, saturation = rgb_to_hls(*_channels(colour))
    step = -0.01 if _luminance(paper) > 0.5 else 0.01
    while contrast(colour, paper) < _CONTRAST and 0 < lightness + step < 1:
        lightness += step
        colour = "#" + "".join(f"{round(255 * channel):02x}" for channel in hls_to_rgb(hue, lightness, saturation))
    return colour


def contrast(one: str, other: str) -> float:
    """How far two colours are apart, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _logo(settings: BrandConfig) -> Logo | None:
    if settings.logo is None:
        return None
    try:
        data = settings.logo.read_bytes()
    except OSError as error:
        raise ConfigError(f"brand.logo: {settings.logo}: {error.strerror}; name a PNG or SVG file") from None
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"brand.logo: {settings.logo}: {len(data)} bytes are too many for every report; at most {_MOST_BYTES}")
    kind: Literal["png", "svg"] | None = "png" if data.startswith(_PNG) else "svg" if re.search(rb"<svg[\s>]", data[:2000]) else None
    if kind is None:
        raise ConfigError(f"brand.logo: {settings.logo}: neither PNG nor SVG; save it as one of them")
    try:
        return Logo(data, kind, _drawn(data, kind))
    except typst.TypstError as error:
        fault = str(error).splitlines()[0]
        raise ConfigError(f"brand.logo: {settings.logo}: cannot be drawn ({fault}); save it anew as PNG or SVG") from None


def _drawn(data: bytes, kind: str) -> bytes:
    """`TypstError` for a picture that is damaged."""
    picture = dumps({"data": list(data), "format": kind})
    drawn = typst.compile(_DRAWING, font_paths=fonts.own(), format="png", ppi=_PPI, sys_inputs={"picture": picture})
    assert isinstance(drawn, bytes)
    return drawn
