"""Accounts and send-outs under the names that people know, and no two under one."""

from pathlib import Path

import polars as pl

import sms_analytics as sms
from sms_analytics.config import Config, FeedConfig
from sms_analytics.text import names

SETTINGS = Config(accounts={"klinikk1": "Klinikken", "5012": "Klinikken", "bank1": "Banken"}, campaigns={"K41": "Vaksine"})


def test_ids_with_a_name_have_it_and_others_stay() -> None:
    frame = pl.DataFrame({"account": ["bank1", None, "avis1", "bank1"], "campaign": ["K41", "K42", None, "K41"], "sent": [1, 2, 3, 4]})
    assert names.shown(frame, SETTINGS).to_dict(as_series=False) == {
        "account": ["Banken", None, "avis1", "Banken"],
        "campaign": ["Vaksine", "K42", None, "Vaksine"],
        "sent": [1, 2, 3, 4],
    }


def test_two_ids_of_one_name_are_told_apart() -> None:
    shown = names.shown(pl.DataFrame({"account": ["klinikk1", "5012", "bank1"]}), SETTINGS)
    assert shown["account"].to_list() == ["Klinikken (klinikk1)", "Klinikken (5012)", "Banken"]
    alone = names.shown(pl.DataFrame({"account": ["klinikk1", "bank1"]}), SETTINGS)
    assert alone["account"].to_list() == ["Klinikken", "Banken"]
    same = names.shown(pl.DataFrame({"account": ["klinikk1", "Klinikken"]}), SETTINGS)
    assert same["account"].to_list() == ["Klinikken (klinikk1)", "Klinikken"]


def test_feeds_have_their_id_behind_their_name() -> None:
    settings = Config(feeds={"telia1": FeedConfig(name="Telia, hovedlinje"), "telia2": FeedConfig()})
    shown = names.shown(pl.DataFrame({"feed": ["telia1", "telia2", None, "front"]}), settings)
    assert shown["feed"].to_list() == ["Telia, hovedlinje (telia1)", "telia2", None, "front"]


def test_frames_without_ids_or_names_stay_as_they_are() -> None:
    frame = pl.DataFrame({"operator": ["Ice"], "account": pl.Series([None], dtype=pl.String)})
    assert names.shown(frame, SETTINGS).equals(frame)
    assert names.shown(frame, Config()) is not None
    assert names.shown(pl.DataFrame({"sent": [1]}), SETTINGS).columns == ["sent"]


def test_from_python(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[accounts]\nbank1 = "Banken"', "utf-8")
    assert sms.with_names(pl.DataFrame({"account": ["bank1"]}), config=file)["account"].to_list() == ["Banken"]
