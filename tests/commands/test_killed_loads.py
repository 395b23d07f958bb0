"""`kill -9` at any moment of a load: the old database is whole, the next load succeeds, nothing stays lying about. `KILLS` says how often."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from sms_analytics.commands import loader
from sms_analytics.database import store
from sms_analytics.simulate.simulation import simulate

KILLS = int(os.environ.get("KILLS", "2"))
#: Everything that a person sees of a message; load and place may differ.
_MESSAGES = "SELECT * FROM messages ORDER BY ALL"


def content(db: Path) -> list[tuple[Any, ...]]:
    connection = store.connect(db)
    rows = connection.execute(_MESSAGES).fetchall()
    connection.close()
    return rows


def started(folder: Path, db: Path) -> "subprocess.Popen[bytes]":
    arguments = [str(folder / "logs"), str(db), str(folder / "sms_analytics.toml")]
    code = "import sys; from sms_analytics.commands import loader; loader.load(sys.argv[1], db=sys.argv[2], config=sys.argv[3])"
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_killed_load_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    simulate(150, 3, tmp_path, weeks=1)
    home = tmp_path / "home"
    home.mkdir()
    db, config = home / "sms.duckdb", tmp_path / "sms_analytics.toml"
    loader.load(str(tmp_path / "logs" / "front"), db=db, config=config)
    before = content(db)

    begun = time.monotonic()
    whole = home.with_name("whole") / "sms.duckdb"
    first = started(tmp_path, whole)
    assert first.wait() == 0
    lasts = time.monotonic() - begun
    everything = content(whole)

    random = Random(KILLS)
    for kill in range(KILLS):
        process = started(tmp_path, db)
        time.sleep(lasts * random.uniform(0.2, 0.95))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = content(db)
        # The new one had taken its place before the kill came: the rest is about a database that has everything.
        before = everything if found == everything else before
        assert found == before, f"kill {kill}"

    loader.load(str(tmp_path / "logs"), db=db, config=config)
    assert content(db) == everything
    assert sorted(file.name for file in home.iterdir()) == ["sms.duckdb"]
