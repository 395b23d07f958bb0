"""Time and memory of one process, and what the machine has."""

import os
import resource

from benchmark import say


def peak_mb() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def tell(seconds: float) -> None:
    """Writes what a process of its own measured: wall and CPU seconds and peak MB."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    say(f"{seconds} {used.ru_utime + used.ru_stime} {peak_mb()}")


def memory_gb() -> float:
    """Of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
