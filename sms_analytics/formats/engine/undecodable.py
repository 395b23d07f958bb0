"""What cannot be opened: a record that looks like a container and is none, and one that is nested too deeply."""

from typing import Final

#: A structure that is nested more deeply is no status report.
DEPTH: Final = 8


class UndecodableError(ValueError):
    """A record that looks like a container and is none: `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
