"""Installs a wheel alone into an empty environment and does there what a plain install must do. Run by `make package`.

Loads the sample, asks for rates, writes them as Parquet and CSV, and looks whether everything else names the extra that it needs.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "data" / "sample" / "logs"
#: Commands that need an extra, and its name.
NEED = {
    "report --out reports": "report",
    "serve --port 0": "serve",
    "lab --no-browser": "lab",
    "rates --output rates.xlsx": "excel",
}


def main(wheel: Path) -> None:
    """Leaves with an error that says what the wheel lacks."""
    with ZipFile(wheel) as files:
        missing = contents() - set(files.namelist())
    if missing:
        sys.exit(f"{wheel}: lacks {', '.join(sorted(missing))}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = environment(folder / "environment", wheel)
        check(python, folder)
    sys.stdout.write(f"{wheel}: loads, asks and exports alone, and names the extra for the rest\n")


def contents() -> set[str]:
    """The files of the package that git knows, and the notebooks."""
    listed = subprocess.run(["git", "ls-files", "sms_analytics", "notebooks"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return {f"sms_analytics/{file}" if file.startswith("notebooks/") else file for file in listed}


def environment(folder: Path, wheel: Path) -> Path:
    """The Python of a new environment that holds the wheel and what it depends on."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", ROOT / "constraints.txt", wheel.resolve()]
    subprocess.run(install, check=True)
    return python


def check(python: Path, folder: Path) -> None:
    """Runs the commands in `folder`."""
    ran(python, folder, f"load {LOGS} --config {LOGS.parent / 'sms_analytics.toml'}")
    for command in ("rates --by operator", "rates --output rates.parquet", "rates --output rates.csv", "lookup 40000001", "formats kannel"):
        ran(python, folder, command)
    for file in ("rates.parquet", "rates.csv"):
        assert (folder / file).stat().st_size > 0, file
    for command, extra in NEED.items():
        told = ran(python, folder, command, code=2).stderr
        (error,) = (line for line in told.splitlines() if not line.startswith("warning: "))
        assert f"sms-analytics[{extra}]" in error, told


def ran(python: Path, folder: Path, command: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """The command, run with the exit code that is expected."""
    done = subprocess.run([python, "-m", "sms_analytics", *command.split()], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{command}: exit code {done.returncode}\n{done.stderr}"
    return done


if __name__ == "__main__":
    main(Path(sys.argv[1]))
