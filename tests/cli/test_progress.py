"""How far a load has come, where nobody watches a terminal."""

import time

import pytest

from sms_analytics.cli.progress import progress_of
from sms_analytics.text.labels import Lang


def spoken(capsys: pytest.CaptureFixture[str], until: str) -> str:
    """What stands on standard error, as soon as it holds a line with these words."""
    told, begun = "", time.monotonic()
    while until not in told:
        assert time.monotonic() - begun < 10, told
        time.sleep(0.01)
        told += capsys.readouterr().err
    return told


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        ("nb", ("begynner: 0 linjer", "leser a.log: 1 linje, ", "25 % lest", "finner ut hva det ble av meldingene: 1 linje")),
        ("en", ("beginning: 0 records", "reading a.log: 1 record, ", "25% read", "resolving what became of the messages: 1 record")),
    ],
)
def test_a_line_now_and_then(
    lang: Lang, lines: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path_factory.mktemp("logs") / "a.log"
    path.write_text("x" * 400, "utf-8")
    with progress_of([str(path)], lang, every=0.02) as progress:
        begins, reads, share, resolves = lines
        spoken(capsys, begins)
        progress.read(str(path), 100)
        progress.stored(1)
        # A quarter was read: three times as long is left.
        assert share in spoken(capsys, reads)
        progress.resolving()
        spoken(capsys, resolves)
    capsys.readouterr()
    time.sleep(0.1)
    assert capsys.readouterr().err == ""


def test_no_file_counts_for_more_than_it_holds(tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]) -> None:
    """A table is looked into before it is read."""
    path = tmp_path_factory.mktemp("logs") / "a.log"
    path.write_text("x" * 100, "utf-8")
    with progress_of([str(path)], "en", every=0.02) as progress:
        progress.read(str(path), 80)
        progress.read(str(path), 80)
        assert "100% read, about 0 s left" in spoken(capsys, "100%")


def test_a_short_load_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_of(["-"], "en") as progress:
        progress.read("-", 80)
    assert capsys.readouterr().err == ""
