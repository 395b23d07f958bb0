"""What the database may take of threads and memory."""

import duckdb
import pytest

from sms_analytics.database.limits import USUAL, Limits
from sms_analytics.errors import UsageError


def settings_under(limits: Limits, allowed: str = "8GB") -> tuple[int, str]:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 3")
        # What DuckDB finds that the machine or its container has.
        connection.execute(f"SET memory_limit = '{allowed}'")
        limits.set(connection)
        ((threads, memory),) = connection.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchall()
    return threads, memory


@pytest.mark.parametrize(("allowed", "taken"), [("8GB", "572.2 MiB"), ("500MB", "286.1 MiB"), ("20MB", "95.3 MiB")])
def test_what_the_machine_or_its_container_allows(allowed: str, taken: str) -> None:
    """600 MB, three fifths of 500 MB, and never less than 100 MB."""
    assert settings_under(USUAL, allowed) == (3, taken)


def test_what_was_asked_for() -> None:
    assert settings_under(Limits.given(1, "2GB")) == (1, "1.8 GiB")


@pytest.mark.parametrize(
    ("threads", "memory", "said"),
    [
        (0, None, "--threads: 0 is no number of threads; give 1 or more"),
        (None, "much", "--memory-limit: 'much' is no size; write it as 600MB or 2GB"),
        (None, "600", "--memory-limit: '600' is no size; write it as 600MB or 2GB"),
        (None, "5MB", "--memory-limit: 5MB is too little to resolve messages in; give 100MB or more"),
    ],
)
def test_what_is_no_limit(threads: int | None, memory: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=r"--") as caught:
        Limits.given(threads, memory)
    assert str(caught.value) == said
