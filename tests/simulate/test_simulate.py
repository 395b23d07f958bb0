"""The simulation: the same every time, every story told, logs as the gateways write them, and a truth that the logs bear out."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from sms_analytics import config
from sms_analytics.errors import UsageError
from sms_analytics.simulate.simulation import TEXTS, Simulation, simulate
from sms_analytics.simulate.stories import shares
from sms_analytics.simulate.world import FEEDS

MESSAGES = 2000
END = datetime.fromisoformat("2026-10-25 23:00:00")
HORIZON = timedelta(days=8)
BLOCKS = r"\+47(4000|9000)\d{4}|\+46700000\d{3}|\+4520000\d{3}|\+358400000\d{3}|\+447700900\d{3}|\+4915100000\d{3}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    return simulate(MESSAGES, 11, tmp_path_factory.mktemp("simulation"))


@pytest.fixture(scope="module")
def truth(made: Simulation) -> pl.DataFrame:
    return pl.read_csv(made.truth, try_parse_dates=True, infer_schema_length=None, schema_overrides={"message_id": pl.String, "account": pl.String})


def content(path: Path) -> bytes:
    return pa.input_stream(str(path)).read() if path.suffix in {".gz", ".zst"} else path.read_bytes()


def lines(made: Simulation, folder: str, name: str = "") -> list[str]:
    paths = sorted(path for path in made.logs if path.parent.name == folder and name in path.name)
    return [line for path in paths for line in content(path).decode().splitlines()]


def times(path: Path, log: list[str]) -> list[datetime]:
    if path.suffix == ".jsonl":
        return [datetime.fromisoformat(json.loads(line)["received"]) for line in log]
    if path.parent.name == "front":
        return [datetime.strptime(line.split("[")[1].split("]")[0], "%d/%b/%Y:%H:%M:%S %z") for line in log]
    return [datetime.fromisoformat(line[:19]) for line in log]


def test_same_seed_same_bytes(made: Simulation, tmp_path: Path) -> None:
    again = simulate(MESSAGES, 11, tmp_path / "again")
    first, second = made.truth.parent, again.truth.parent
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in files)


def test_other_seed_other_messages(made: Simulation, tmp_path: Path) -> None:
    assert simulate(MESSAGES, 12, tmp_path).truth.read_bytes() != made.truth.read_bytes()


@pytest.mark.parametrize(("messages", "weeks"), [(1, 1), (10, 4), (333, 2), (500, 6)])
def test_truth_has_one_row_per_message(messages: int, weeks: int, tmp_path: Path) -> None:
    simulation = simulate(messages, 3, tmp_path, weeks=weeks)
    assert pl.read_csv(simulation.truth, infer_schema=False).height == messages
    assert sum(simulation.stories.values()) == messages


def test_all_formats_and_feeds(made: Simulation, truth: pl.DataFrame) -> None:
    assert truth.height == MESSAGES
    assert set(truth["format"]) == {"kannel", "jasmin", "smpp", "front", "table"} == {path.parent.name for path in made.logs}
    assert set(truth["feed"]) == {feed.name for feed in FEEDS} == set(config.read(made.config).feeds)
    assert {path.suffix for path in made.logs} >= {".gz", ".zst", ".csv", ".jsonl", ".log"}


def test_every_story_occurs(truth: pl.DataFrame) -> None:
    told = {story for feed in FEEDS for network in feed.networks for story in shares(feed, network)}
    assert set(truth["story"]) == told | {"delivered_fast", "receipt_outage"}


def test_every_outcome_occurs(truth: pl.DataFrame) -> None:
    outcomes = set(truth["outcome"])
    assert outcomes >= {"delivered", "failed", "no_status", "awaiting_status", "out_of_coverage", "untracked", "unrecognised"}
    assert outcomes >= {"stopped", "waiting_to_send", "awaiting_approval", "paused"}
    assert set(truth["decided_by"].drop_nulls()) == {"operator", "gateway", "timeout"}
    assert truth["conflict"].sum() > 0
    assert truth["late"].sum() > 0
    assert truth.filter(pl.col("price") > 0)["outcome"].unique().len() > 1


def test_messages_can_be_told_apart(truth: pl.DataFrame) -> None:
    with_id = truth.drop_nulls("message_id")
    assert with_id.select("feed", "message_id").is_unique().all()
    used = truth.group_by("feed", "recipient").len()
    without_id = truth.filter(pl.col("message_id").is_null()).join(used, on=["feed", "recipient"])
    assert without_id.height > 0
    assert without_id["len"].unique().to_list() == [1]


def test_numbers_are_invented(truth: pl.DataFrame) -> None:
    assert truth["recipient"].str.contains(f"^({BLOCKS})$").all()
    assert set(truth["country"]) == {"NO", "SE", "DK", "FI", "GB", "DE"}


def test_no_text_outside_the_logs(made: Simulation) -> None:
    rest = made.truth.read_text("utf-8") + made.config.read_text("utf-8")
    logged = "\n".join(lines(made, "kannel") + lines(made, "front"))
    assert all(text[:15] in logged and text[:15] not in rest for text in TEXTS)


def test_lines_are_in_the_order_of_their_times(made: Simulation) -> None:
    for path in made.logs:
        if path.parent.name == "table":
            continue
        clock = times(path, content(path).decode().splitlines())
        back = [(one, other) for one, other in pairwise(clock) if other < one]
        assert all(one.date().isoformat() == "2026-10-25" and one.hour == other.hour == 2 for one, other in back)
        assert len(back) <= 1


def test_repeated_hour_is_in_the_log(made: Simulation, truth: pl.DataFrame) -> None:
    last_day = next(path for path in made.logs if path.name == "access.log")
    clock = times(last_day, content(last_day).decode().splitlines())
    assert clock != sorted(clock)
    night = truth.filter(pl.col("feed") == "telenor1", pl.col("submitted_utc").dt.date() == END.date())["submitted_utc"].dt.hour()
    assert {0, 1} <= set(night)


def test_kannel_lengths_are_bytes(made: Simulation) -> None:
    pattern = re.compile(rb"\[flags:-1:(-?\d):-1:(?:-1|0):-?\d+\] \[msg:(\d+):(.*)\] \[udh:(\d+):([0-9A-F]*)\]$")
    codings: Counter[bytes] = Counter()
    for path in made.logs:
        if path.parent.name != "kannel":
            continue
        for line in content(path).splitlines():
            if line.endswith((b"Log begins", b"Log ends")):
                continue
            match = pattern.search(line)
            assert match is not None
            coding, size, text, udh_size, udh = match.groups()
            assert int(size) == (len(text) // 2 if coding == b"2" else len(text))
            assert int(udh_size) == len(udh) // 2
            codings[coding] += 1
    assert codings[b"2"] > 0
    assert codings[b"0"] > codings[b"2"]


def test_kannel_long_messages_ask_once(made: Simulation, truth: pl.DataFrame) -> None:
    parts = [line for line in lines(made, "kannel") if "[udh:6:050003" in line]
    asking = [line for line in parts if "[FID:]" not in line]
    assert all(":0] [msg" not in line for line in asking)
    assert all(":0] [msg" in line for line in parts if line not in asking)
    long = truth.filter(pl.col("parts") > 1)
    assert len(asking) == long.height
    assert len(parts) == long["parts"].sum()


@pytest.mark.parametrize("feed", ["telenor1", "telia1", "ice1"])
def test_kannel_log_bears_out_the_truth(feed: str, made: Simulation, truth: pl.DataFrame) -> None:
    kinds: dict[str, set[str]] = {}
    for line in lines(made, "kannel"):
        if f" Receive DLR [SMSC:{feed}]" in line and "[FID:]" not in line:
            fid = line.split("[FID:")[1].split("]")[0]
            kinds.setdefault(fid, set()).add(line.split("[flags:-1:-1:-1:-1:")[1].split("]")[0])
    mine = truth.filter(pl.col("feed") == feed)
    # Of a long message only the first part asks, so more than that part is not confirmed.
    confirmed = mine.filter(pl.col("outcome").is_in(["delivered", "partly_confirmed"]))
    assert {fid for fid, kind in kinds.items() if "1" in kind} == set(confirmed["message_id"])
    assert (confirmed["outcome"] == "partly_confirmed").to_list() == (confirmed["parts"] > 1).to_list()
    buffered = {fid for fid, kind in kinds.items() if "4" in kind}
    assert set(mine.filter(pl.col("outcome") == "out_of_coverage")["message_id"]) <= buffered
    assert bool(mine.filter(pl.col("outcome") == "out_of_coverage").height) == (feed == "telenor1")


def test_receipt_outage(made: Simulation) -> None:
    afternoon = [line for line in lines(made, "kannel", "2026-10-08") if "10:00:00" <= line[11:19] < "14:00:00"]
    reports = [line for line in afternoon if "[FID:]" not in line and re.search(r"-1:-1:-1:-1:[124]\]", line)]
    assert sum("Sent SMS [SMSC:telia1]" in line for line in afternoon) > 5
    assert not [line for line in reports if "[SMSC:telia1]" in line]
    assert [line for line in reports if "[SMSC:telenor1]" in line]


def test_silence_is_decided_by_the_deadline(truth: pl.DataFrame) -> None:
    deadline = pl.max_horizontal("submitted_utc", "scheduled_utc") + HORIZON
    assert truth.filter(pl.col("decided_by") == "timeout").select((deadline < END).all()).item()
    assert truth.filter(pl.col("outcome").is_in(["awaiting_status", "out_of_coverage"])).select((deadline > END).all()).item()
    near = truth.filter(deadline.is_between(END - timedelta(hours=1), END + timedelta(hours=1)))
    assert near.height == 0


def test_operators_lose_different_shares(tmp_path: Path) -> None:
    truth = pl.read_csv(simulate(6000, 5, tmp_path).truth, infer_schema=False)
    kannel = truth.filter(pl.col("format") == "kannel")
    silent = kannel.group_by("operator").agg((pl.col("story") == "silent").mean())
    share = dict(silent.iter_rows())
    assert share["Telenor"] == pytest.approx(0.01, abs=0.005)
    assert share["Telia"] == pytest.approx(0.03, abs=0.005)
    assert share["Ice"] == pytest.approx(0.08, abs=0.005)


def test_jasmin_receipts_rewrite_ids(made: Simulation, truth: pl.DataFrame) -> None:
    log = [line for line in lines(made, "jasmin") if " DLR [cid:" in line]
    for feed, rewritten in (("nordic1", lambda raw: str(int(raw, 16))), ("world1", lambda raw: raw.upper().lstrip("0"))):
        submitted = set(truth.filter(pl.col("feed") == feed)["message_id"].drop_nulls())
        received = {line.split("[smpp-msgid:")[1].split("]")[0] for line in log if f"[cid:{feed}]" in line}
        assert received
        assert not received & submitted
        assert received <= {rewritten(raw) for raw in submitted}


def test_receipts_only_feed(made: Simulation, truth: pl.DataFrame) -> None:
    mine = truth.filter(pl.col("feed") == "smpp")
    log = lines(made, "smpp")
    assert all(any(f"id:{message_id} " in line for line in log) for message_id in mine["message_id"])
    assert mine["receipts"].min() == 1


def test_front_repeats_and_disorder(made: Simulation, truth: pl.DataFrame) -> None:
    later = [json.loads(line) for line in lines(made, "front", "gateway.jsonl")]
    answers = [json.loads(line) for line in lines(made, "front", "answers.jsonl")] + [record for record in later if "errorcode" in record]
    mine = truth.filter(pl.col("feed") == "front")
    assert len(answers) == mine.height
    refused = [record for record in answers if record["errorcode"]]
    assert Counter(record["errorcode"] == 21 for record in refused)[True] == mine.filter(pl.col("outcome") == "stopped").height
    access = lines(made, "front", "access.log")
    callbacks = Counter(re.sub(r" - - \[.*?\]|\" \d+ \d+$", "", line) for line in access if "/front/status?" in line)
    assert max(callbacks.values()) > 1
    assert any('" 500 ' in line for line in access)
    known: set[int] = set()
    early = []
    for record in later:
        known.add(record.get("id", 0))
        early.append("origid" in record and record["origid"] >= min(known) and record["origid"] not in known)
    assert any(early)


def test_table_lists(made: Simulation, truth: pl.DataFrame) -> None:
    rows = []
    for path in made.logs:
        if path.parent.name == "table":
            encoding = "utf-8-sig" if path.read_bytes().startswith(b"\xef\xbb\xbf") else "latin-1"
            header, *body = path.read_text(encoding).splitlines()
            assert {"Mottaker", "Operatør", "Statustid"} <= set(header.split(";"))
            rows += [dict(zip(header.split(";"), line.split(";"), strict=True)) for line in body]
    mine = truth.filter(pl.col("feed") == "table")
    assert sorted(row["Melding-ID"] for row in rows) == sorted(mine["message_id"])
    labels = Counter(row["Status"] for row in rows)
    outcomes = Counter(mine["outcome"])
    assert labels["Bekreftet levert"] == outcomes["delivered"]
    assert labels["SMS feilet"] == outcomes["failed"]
    assert labels["Stanset"] == outcomes["stopped"]
    assert labels["Venter utsendelse"] == outcomes["waiting_to_send"]
    assert labels["Venter status"] + labels["Ingen status mottatt"] + labels["Uten dekning"] == sum(
        outcomes[name] for name in ("awaiting_status", "no_status", "out_of_coverage")
    )
    assert all(row["Operatør"] == "Telenor" for row in rows if row["Status"] == "Uten dekning")


def test_refuses_a_folder_with_logs_and_bad_numbers(made: Simulation, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="already holds files"):
        simulate(10, 1, made.truth.parent)
    for messages, weeks in ((0, 4), (10, 0)):
        with pytest.raises(UsageError, match="1 or more"):
            simulate(messages, 1, tmp_path, weeks=weeks)


def test_sample_data_is_what_its_command_makes(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "data" / "sample"
    simulate(6000, 2026, tmp_path)
    made = {path.relative_to(tmp_path): content(path) for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.relative_to(sample): content(path) for path in sample.rglob("*") if path.is_file() and path.name != "README.md"}
    assert made == kept
    assert sum(path.stat().st_size for path in sample.rglob("*") if path.is_file()) < 3_000_000
