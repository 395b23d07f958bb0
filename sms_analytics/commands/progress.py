"""What a load tells while it works: bytes that were read, records that were stored, and when it comes to resolve."""

from typing import Final


class Progress:
    """Somebody who does not listen. Whoever shows how far a load has come says in a class of their own what becomes of it."""

    def read(self, path: str, count: int) -> None:
        """So many more bytes of this file, as it lies on disk, were read."""

    def stored(self, records: int) -> None:
        """So many more records were counted."""

    def resolving(self) -> None:
        """All files are read; what became of their messages is resolved."""


#: For loads that nobody watches.
UNWATCHED: Final = Progress()
