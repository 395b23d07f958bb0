"""Who may read what is written: its owner alone, with `[database] group_read` the group too. Numbers are personal data, so no umask loosens it."""

import os
import stat
from pathlib import Path


def published(*, group_read: bool) -> int:
    """The mode of a published database, which nobody writes to."""
    return 0o440 if group_read else 0o400


def opened(path: str | Path, flags: int) -> int:
    """A descriptor of a file that only its owner may read, from its first moment on; for `open(..., opener=permissions.opened)`."""
    descriptor = os.open(path, flags, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, 0o600)
    return descriptor


def write(path: Path, content: bytes, *, group_read: bool = False) -> None:
    """Writes a file: 0600, or 0640 for a group that may read. What is no file, such as a pipe, keeps its own mode."""
    with open(path, "wb", opener=opened) as file:
        file.write(content)
        if group_read and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            os.fchmod(file.fileno(), 0o640)


def private(folder: Path) -> None:
    """A folder that only its owner may look into."""
    folder.mkdir(mode=0o700)
    folder.chmod(0o700)
