"""The command that writes reports for customers."""

from pathlib import Path

from sms_analytics import config as configuration
from sms_analytics.cli import printing, speaking
from sms_analytics.database import store
from sms_analytics.report.files import Wanted, run


def report(db: Path | None, config: Path | None, wanted: Wanted) -> None:
    """Writes the files and names them on standard output, one a line; what went otherwise than expected is said beside."""
    path = db or store.default_path()
    settings = configuration.read(config, beside=path.parent)
    with store.connect(path) as connection:
        written = run(connection, wanted, settings)
    speaking.warn(written.remarks)
    printing.show("".join(f"{file}\n" for file in written.files))
