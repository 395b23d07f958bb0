"""What a file is, before it is read: its digest, its format, and where it can be cut so that several tasks read it."""

from dataclasses import dataclass, field
from typing import Final

from sms_analytics import formats
from sms_analytics.commands import pieces
from sms_analytics.config import Config
from sms_analytics.errors import SmsAnalyticsError, UnknownFormatError
from sms_analytics.events.readings import Format
from sms_analytics.reading import containers, cutting, detection, salvage, wrapping
from sms_analytics.reading.sources import Source
from sms_analytics.spark import places
from sms_analytics.spark.places import Place
from sms_analytics.text.printable import plain

#: Bytes of a plain file that one task reads.
STRETCH_BYTES: Final = 256 << 20


@dataclass(frozen=True)
class Wanted:
    """A file to be looked at, with what the command was told. `sizes`: how large this log was when it was loaded before."""

    place: Place
    config: Config
    format: str | None
    stretch_bytes: int
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Stretch:
    """Bytes `began` to `ended` of a file; `lines` lines stand before them."""

    began: int
    lines: int
    ended: int


@dataclass(frozen=True)
class Survey:
    """What was found. `fault`: why the file cannot be loaded; a `refused` one, which no format fits, is counted with its lines all the same."""

    place: Place
    size: int = 0
    sha256: str = ""
    format: str | None = None
    numbering: str = ""
    stretches: tuple[Stretch, ...] = ()
    #: Digests of the file's beginning, by length.
    digests: dict[int, str] = field(default_factory=dict)
    #: Where reading goes on behind that beginning, if it can.
    goes_on: dict[int, Stretch] = field(default_factory=dict)
    #: How much it holds once it is unpacked, and the digest of that.
    content: tuple[int, str] = (0, "")
    refused: bool = False
    lines: int = 0
    fault: str | None = None


def survey(wanted: Wanted) -> Survey:
    """Looks at one file. Whatever is wrong with it is told, and that file's alone."""
    try:
        with places.opened(wanted.place) as source:
            return _surveyed(source, wanted)
    except SmsAnalyticsError as error:
        return Survey(wanted.place, fault=str(error))
    except salvage.FAULTS as error:
        where = salvage.name_and_line(error)
        return Survey(wanted.place, fault=f"{plain(wanted.place.path)}: cannot be read: unexpected {where}, a fault of ours: please report it")


def _surveyed(source: Source, wanted: Wanted) -> Survey:
    config = wanted.config
    digests = source.sha256_at([*(size for size in wanted.sizes if size < source.size and source.resumable), source.size])
    sha256 = digests.pop(source.size)
    try:
        format = formats.named(wanted.format, config) if wanted.format else detection.detect(source, config)
        if wanted.format:
            detection.check(source, format, config)
    except UnknownFormatError as error:
        lines = sum(batch.height for batch in cutting.records(source, detection.ANY))
        fault = f"{error}; {source.fault}" if source.fault else str(error)
        return Survey(wanted.place, source.size, sha256, refused=True, lines=lines, fault=fault if lines or source.fault else None)
    counted = _Lines(source)
    whole = Stretch(0, 0, source.size)
    can_be_cut = source.resumable and containers.by_lines(source, format) and not wrapping.of(source).cuts
    return Survey(
        wanted.place,
        source.size,
        sha256,
        format.name,
        pieces.numbering(source, format),
        tuple(_cut(source, format, counted, whole, wanted.stretch_bytes)) if can_be_cut else (whole,),
        digests if can_be_cut else {},
        {size: place for size in digests if (place := _goes_on(source, format, size)) is not None} if can_be_cut else {},
        source.content() if source.packings else (source.size, sha256),
    )


class _Lines:
    """How many line ends stand before a byte, asked of ever later ones: each byte is read once."""

    def __init__(self, source: Source) -> None:
        self._source, self._place, self._lines = source, 0, 0

    def before(self, place: int) -> int:
        self._lines += sum(piece.count(b"\n") for piece in self._source.raw(self._place, place))
        self._place = place
        return self._lines


def _cut(source: Source, format: Format, lines: _Lines, whole: Stretch, size: int) -> list[Stretch]:
    """The stretches of a file, each of about `size` bytes, that begin where a record does."""
    begins = [0]
    for place in range(size, whole.ended, size):
        begin = cutting.restart_at(source, place, format)
        if begin > begins[-1]:
            begins.append(begin)
    return [
        Stretch(began, lines.before(began), ended)
        for began, ended in zip(begins, [*begins[1:], whole.ended], strict=True)
        if ended > began or not whole.ended
    ]


def _goes_on(source: Source, format: Format, size: int) -> Stretch | None:
    """What follows the first `size` bytes, if a record ends there."""
    start = cutting.restart(source, size, format)
    return Stretch(size, start.lines, source.size) if start.bytes == size else None
