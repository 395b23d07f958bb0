"""`check`: an alarm is told once and once more when it is over, with a real web server at the other end of the webhook."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sms_analytics.commands.alarms import check
from sms_analytics.errors import ConfigError, InputError, UsageError
from tests import kannel_log

#: Six of seven messages are answered, within 41 seconds.
STRICT = '[check.night]\nrule = "coverage"\nleast = 0.95\nage = "1m"\n'
MILD = STRICT.replace("0.95", "0.5")
HOPELESS = STRICT + "min_sent = 1000\n"


class Listener:
    """A web server that keeps what it is sent."""

    def __init__(self) -> None:
        heard: list[Any] = []
        self.heard = heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook/secret"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    kannel_log.load(folder / "sms.duckdb", kannel_log.written(folder / "access.log", kannel_log.lines(300)))
    return folder / "sms.duckdb"


@pytest.fixture
def db(loaded: Path, tmp_path: Path) -> Path:
    (tmp_path / "sms.duckdb").hardlink_to(loaded)
    return tmp_path / "sms.duckdb"


@pytest.fixture
def listener() -> Iterator[Listener]:
    started = Listener()
    yield started
    started.stop()


def judged(db: Path, rules: str, **options: Any) -> list[tuple[str, str]]:
    file = db.parent / "rules.toml"
    file.write_text(rules, "utf-8")
    report = check(db=db, rules=file, **options)
    assert report.broken == any(state in ("alarm", "still") for state in report.frame["state"])
    return list(report.frame.select("check", "state").iter_rows())


def state(db: Path) -> Any:
    return json.loads((db.parent / "night.check.json").read_text("utf-8"))


def test_told_once_and_once_more_when_it_is_over(db: Path, listener: Listener) -> None:
    hook = {"webhook": listener.url, "lang": "en"}
    assert judged(db, STRICT, at="2026-03-18 12:00", **hook) == [("night", "alarm")]
    assert state(db) == {"broken": {"": "2026-03-18T11:00:00Z"}}
    assert judged(db, STRICT, at="2026-03-18 13:00", **hook) == [("night", "still")]
    assert judged(db, HOPELESS, at="2026-03-18 13:30", **hook) == [("night", "still")], "too few to tell end no alarm"
    assert judged(db, MILD, at="2026-03-18 14:00", **hook) == [("night", "over")]
    assert state(db) == {"broken": {}}
    assert judged(db, MILD, at="2026-03-18 15:00", **hook) == [("night", "kept")]
    first, second = listener.heard
    assert first["text"].startswith("ALARM night: all messages: 85.")
    assert "had a final status 1\u00a0min after hand-over; at least 95.0% is expected" in first["text"]
    assert [one["state"] for one in first["findings"]] == ["alarm"]
    assert second["text"].startswith("OVER night: all messages: 85.")
    assert "(it had lasted since 2026-03-18 12:00:00)" in second["text"]


def test_a_webhook_that_is_not_reached_is_told_again(db: Path, listener: Listener) -> None:
    listener.stop()
    with pytest.raises(InputError, match=r"the webhook at 127\.0\.0\.1 was not reached: .*told again the next time") as error:
        judged(db, STRICT, webhook=listener.url)
    assert "secret" not in str(error.value)
    assert not (db.parent / "night.check.json").exists()
    assert judged(db, STRICT) == [("night", "alarm")]


def test_nothing_is_written_while_all_is_well(db: Path) -> None:
    assert judged(db, MILD) == [("night", "kept")]
    assert {path.name for path in db.parent.iterdir()} == {"sms.duckdb", "rules.toml"}


def test_for_prometheus(db: Path) -> None:
    file = db.parent / "sms.prom"
    judged(db, STRICT + '[check."read"]\nrule = "stale"\nwithin = "6h"\n', prometheus=file, at="2026-03-18 13:00")
    lines = file.read_text("utf-8").splitlines()
    assert 'sms_check_broken{check="night",rule="coverage",party=""} 1' in lines
    assert 'sms_check_limit{check="night",rule="coverage",party=""} 0.95' in lines
    assert 'sms_check_broken{check="read",rule="stale",party="telia1"} 0' in lines
    assert lines[-1] == "sms_check_last_run_seconds 1773835200"
    assert file.stat().st_mode & 0o777 == 0o600


def test_every_language_says_every_rule(db: Path) -> None:
    rules = (
        STRICT + '[check.a]\nrule = "confirmed"\n[check.b]\nrule = "outage"\n[check.c]\nrule = "unmapped"\n[check.d]\nrule = "slow"\nwithin = "30s"\n'
    )
    for lang, all_messages in (("nb", "alle meldinger"), ("en", "all messages")):
        file = db.parent / "rules.toml"
        file.write_text(rules + '[check.e]\nrule = "stale"\nwithin = "1h"\n', "utf-8")
        sentences = check(db=db, rules=file, at="2026-03-18 13:00", lang=lang).frame["sentence"].to_list()  # type: ignore[arg-type]
        assert len(sentences) == 6
        assert sum(all_messages in sentence for sentence in sentences) == 3
        assert not [sentence for sentence in sentences if "{" in sentence or "None" in sentence]


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ("", r"no rules: write \[check.NAME\]"),
        ('[check.night]\nrule = "coverage"\n', r"\[check.night\]: the rule coverage needs least"),
        ('[check.night]\nrule = "covrage"\n', r"check.night.rule = 'covrage'"),
        ("[check.night]\nleast = 0.9\n", r"\[check.night\]: rule is needed: write one of coverage, confirmed"),
        ('[check.night]\nrule = "stale"\nwithin = "0s"\n', "check.night.within = .*write a duration above 0"),
        ('[check.night]\nrule = "stale"\nwithin = "6h"\nleast = 1\n', r"\[check.night\]: the rule stale has no least"),
        ('[check.night]\nrule = "slow"\nwithin = "2h"\n', r"\[check.night\]: within must be shorter than age"),
        ('[check."a/b"]\nrule = "outage"\n', r"\[check.a/b\]: write the name in letters"),
        (STRICT + "color = 1\n", "unknown key 'check.night.color'; accepted there are: rule, feed"),
        (STRICT + 'feed = "telia2"\n', r"\[check.night\] feed = 'telia2': no such feed; there are: telia1"),
        (STRICT + 'where = "no_such_column = 1"\n', "no column"),
    ],
)
def test_mistakes_are_told(db: Path, rules: str, error: str) -> None:
    with pytest.raises((UsageError, ConfigError), match=error):
        judged(db, rules)


def test_what_was_told_before_and_cannot_be_read(db: Path) -> None:
    (db.parent / "night.check.json").write_text("{", "utf-8")
    with pytest.raises(UsageError, match=r"night\.check\.json: cannot be read as what check told before; delete it"):
        judged(db, STRICT)


def test_an_address_that_is_none(db: Path) -> None:
    with pytest.raises(UsageError, match="--webhook 'ftp://x': write an address"):
        judged(db, STRICT, webhook="ftp://x")
