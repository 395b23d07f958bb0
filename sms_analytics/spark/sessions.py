"""A Spark session for whoever has none."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Settings of a cluster of one machine: it listens to this machine only.
_LOCAL: Final = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}


@contextmanager
def opened(master: str | None) -> "Iterator[SparkSession]":
    """A session on this master (`local[2]`, `spark://HOST:7077`, `sc://HOST` for Connect), or on that of spark-submit, stopped at the end."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  # slow to import

    # The types of pyspark do not know that a builder of a Connect session is one too.
    builder: Any = SparkSession.builder
    builder = builder.appName("sms-analytics").config("spark.sql.session.timeZone", "UTC")
    if master is not None and master.startswith("sc://"):
        builder = builder.remote(master)
    else:
        # Workers run the interpreter that this is, unless told otherwise.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        if master is not None:
            builder = builder.master(master)
        for name, value in _LOCAL.items() if master is not None and master.startswith("local") else ():
            builder = builder.config(name, value)
    session: SparkSession = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
