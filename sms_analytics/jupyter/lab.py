"""JupyterLab on a working copy of the notebooks, with the database, the language and the look chosen."""

import json
import os
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, NoReturn

from sms_analytics import extras
from sms_analytics.charts import theme
from sms_analytics.database import permissions, store
from sms_analytics.errors import UsageError
from sms_analytics.jupyter import notebook
from sms_analytics.text.labels import Lang

FOLDER: Final = "sms_notebooks"

#: JupyterLab's own settings, kept beside the copies so that those of the user stay as they are.
_SETTINGS: Final = ".lab"
_THEMES: Final[dict[theme.Mode, str]] = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@dataclass(frozen=True)
class Lab:
    """How to start it: the command, what its environment adds, the folder of the working copies, and which of them are new."""

    command: list[str]
    environment: dict[str, str]
    folder: Path
    new: list[Path]

    def run(self) -> NoReturn:
        """Becomes JupyterLab: this process ends with it, and Ctrl+C is its own."""
        os.execve(self.command[0], self.command, os.environ | self.environment)


def lab(
    db: str | Path | None = None,
    *,
    folder: str | Path = FOLDER,
    lang: Lang = "nb",
    mode: theme.Mode = "light",
    port: int | None = None,
    browser: bool = True,
) -> Lab:
    """Copies the notebooks into `folder`, those that are there already left as they are, and returns how to start JupyterLab on them.

    The notebooks use `db`, else `$SMS_ANALYTICS_DB`, else `sms.duckdb` if it exists, else the sample. Charts need no network. Raises `DatabaseError`
    for a named database that is missing or not ours, `UsageError` for a folder that cannot be written.
    """
    extras.require("lab", "lab")
    copies = Path(folder)
    chosen = _database(db)
    try:
        new = working_copies(copies)
        _write_settings(copies / _SETTINGS, mode)
    except OSError as error:
        raise UsageError(f"{error.filename or copies}: cannot be written: {error.strerror}; name another folder with --folder") from None
    options = [f"--ServerApp.root_dir={copies.resolve()}", "--LabApp.news_url=None", "--LabApp.check_for_updates_class=" + _NEVER]
    options += [f"--port={port}"] if port is not None else []
    options += [] if browser else ["--no-browser"]
    environment = {
        notebook.LANG: lang,
        notebook.MODE: mode,
        notebook.RENDERER: "jupyter",
        "JUPYTERLAB_SETTINGS_DIR": str((copies / _SETTINGS).resolve()),
        store.ENVIRONMENT: str(chosen.resolve()) if chosen else "",
    }
    return Lab([sys.executable, "-m", "jupyterlab", *options], environment, copies, new)


_NEVER: Final = "jupyterlab.handlers.announcements.NeverCheckForUpdate"


def _database(db: str | Path | None) -> Path | None:
    """The database that the notebooks begin with, opened once to see that it can be; none for the sample."""
    named = db is not None or bool(os.environ.get(store.ENVIRONMENT))
    path = Path(db) if db is not None else store.default_path()
    if not named and not path.exists():
        return None
    store.connect(path).close()
    return path


def working_copies(folder: Path) -> list[Path]:
    """Copies of the notebooks that `folder` does not have yet; what is there is somebody's work and stays."""
    folder.mkdir(parents=True, exist_ok=True)
    new = []
    for original in sorted(originals().iterdir(), key=lambda file: file.name):
        copy = folder / original.name
        if original.name.endswith(".ipynb") and not copy.exists():
            permissions.write(copy, original.read_bytes())
            new.append(copy)
    return new


def originals() -> Path:
    """The folder of the notebooks: inside the package that is installed, beside it in the repository."""
    inside = Path(str(resources.files("sms_analytics") / "notebooks"))
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "notebooks"


def _write_settings(folder: Path, mode: theme.Mode) -> None:
    """The look, and no news from the network."""
    for plugin, name, settings in (
        ("apputils-extension", "themes", {"theme": _THEMES[mode]}),
        ("apputils-extension", "notification", {"fetchNews": "false", "checkForUpdates": False}),
    ):
        file = folder / "@jupyterlab" / plugin / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        known = json.loads(file.read_text("utf-8")) if file.exists() else {}
        file.write_text(json.dumps(known | settings, indent=1), "utf-8")
