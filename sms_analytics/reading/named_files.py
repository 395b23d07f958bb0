"""The files that a person means by a path: a file, a folder, a pattern, a file in an archive, standard input."""

import glob
import os
from pathlib import Path
from typing import Final

from sms_analytics import config
from sms_analytics.errors import InputError
from sms_analytics.reading import archives

STDIN: Final = "-"
_IGNORED: Final = (config.FILE_NAME,)


def find(paths: list[str]) -> list[str]:
    """The files meant by `paths`: files, folders (everything below, hidden files and our configuration aside), globs, `-` for standard input.

    Sorted within each path, each file once; a folder that cannot be read stands for itself, so that opening it says why. Raises `InputError` for
    a path that names nothing.
    """
    found: dict[str, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_expand(path)))
    return list(found)


def _expand(path: str) -> list[str]:
    if path == STDIN:
        return [path]
    if os.path.isdir(path):  # noqa: PTH112  # Path raises for names that cannot exist
        files = _below(path)
    elif os.path.isfile(path):  # noqa: PTH113
        files = [path]
    elif archives.split(path) is not None:
        return [path]
    elif glob.has_magic(path):
        files = [file for file in glob.iglob(path, recursive=True) if _is_log(file)]  # noqa: PTH207  # Path raises for patterns it cannot read
    else:
        raise InputError(f"{path}: no such file or folder; check the name, or quote a pattern such as 'logs/*.gz'")
    if not files:
        raise InputError(f"{path}: no files there; name a file, a folder with files or a pattern that matches some")
    return [member for file in sorted(str(Path(file)) for file in files) for member in _members(file)]


def _members(file: str) -> list[str]:
    """The files of an archive; any other file, and an archive that cannot be read, stands for itself, so that opening it says why."""
    try:
        return archives.members(file) if archives.is_archive(file) else [file]
    except InputError:
        return [file]


def _is_log(file: str) -> bool:
    return os.path.isfile(file) and Path(file).name not in _IGNORED  # noqa: PTH113


def _below(folder: str) -> list[str]:
    closed: list[str] = []
    found: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [file for name in names if not name.startswith(".") and _is_log(file := str(Path(parent) / name))]
    return found + closed
