"""What takes long to make, made once in a run of the tests, however many processes run them."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

#: Makes a folder's content, unless another process has: `once(name, make)` returns the folder. Nobody may change what lies in it.
Once = Callable[[str, Callable[[Path], object]], Path]


def shared(factory: pytest.TempPathFactory) -> Once:
    """The folders that all processes of this run share."""
    own = factory.getbasetemp()
    root = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder = root / f"once-{name}"
        with (root / f"once-{name}.lock").open("w") as lock:
            # The other process waits here until the folder is whole.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                unfinished = folder.with_suffix(f".{os.getpid()}")
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(folder)
        return folder

    return once
