"""What pyproject.toml cannot say: the notebooks lie beside the package, for whoever reads the repository, and are installed inside it."""

from pathlib import Path
from shutil import copy2

from setuptools import setup
from setuptools.command.build_py import build_py

NOTEBOOKS = Path("notebooks")
INSTALLED = Path("sms_analytics") / "notebooks"


class BuildWithNotebooks(build_py):
    """Copies them where the package is built; an editable install reads them where they lie."""

    def run(self) -> None:
        """Builds the modules, then adds the notebooks."""
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib) / INSTALLED
            folder.mkdir(parents=True, exist_ok=True)
            for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
                copy2(notebook, folder)


setup(cmdclass={"build_py": BuildWithNotebooks})
