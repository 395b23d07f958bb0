"""Speed and memory of the main paths, each measured against a floor in the same run."""

import sys


def say(line: str) -> None:
    """A line of what is measured, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
