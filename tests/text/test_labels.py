"""Every word has its texts in both languages, and the glossary says the same."""

import re
from collections import Counter
from pathlib import Path

import pytest

from sms_analytics import vocabulary as v
from sms_analytics.database import schemas
from sms_analytics.text import labels, phrases

VOCABULARIES = {
    "status": v.STATUSES,
    "outcome": v.OUTCOMES,
    "reason": tuple(v.REASONS),
    "reason_class": v.REASON_CLASSES,
    "kind": v.KINDS,
    "said_by": v.SAID_BY,
    "decided_by": v.DECIDED_BY,
    "gap_cause": v.GAP_CAUSES,
    "outage_kind": v.OUTAGE_KINDS,
    "operator_source": v.OPERATOR_SOURCES,
    "time_precision": v.TIME_PRECISIONS,
    "receipt_requested": v.RECEIPT_REQUESTED,
    "charge": v.CHARGES,
    "charge_status": v.CHARGE_STATUSES,
    "load_state": v.LOAD_STATES,
    "id_rule": v.ID_RULES,
    "verdict": v.VERDICTS,
    "proof_kind": v.PROOF_KINDS,
}

#: What people call the outcomes.
OUTCOMES = {
    "waiting_to_send": ("Venter utsendelse", "Waiting to be sent"),
    "awaiting_approval": ("Til godkjenning", "Awaiting approval"),
    "paused": ("Pause", "Paused"),
    "awaiting_status": ("Venter status", "Awaiting status"),
    "out_of_coverage": ("Uten dekning", "Out of coverage"),
    "delivered": ("Bekreftet levert", "Confirmed delivered"),
    "failed": ("SMS feilet", "Failed"),
    "stopped": ("Stanset", "Stopped"),
    "no_status": ("Ingen status mottatt", "No status received"),
    "unrecognised": ("Ukjent statusord", "Unrecognised status"),
    "untracked": ("Status ikke bestilt", "Status not requested"),
}

COUNTS = ("messages", "sent", *v.OUTCOMES, "refused", "without_submission", "provisional", "receipts_only")
RATES = (
    *("rate_confirmed", "rate_possible", "rate_answered", "coverage", "ci_low", "ci_high"),
    *("receipts_only_answered", "rate_alike", "rate_low", "rate_high"),
)
DIMENSIONS = ("hour", "day", "week", "month", "hour_of_day", "weekday")

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"


def test_every_public_vocabulary_is_compared() -> None:
    words = {name for name in vars(v) if name.isupper() and isinstance(getattr(v, name), tuple | dict)}
    selections = {"FINAL_STATUSES", "OPEN_STATUSES", "NEGATIVE_STATUSES", "SENT_OUTCOMES", "ANSWERED_OUTCOMES", "ARRIVED_OUTCOMES"}
    # Names of columns: their texts are `column.*`, compared below.
    columns = {"SUMS", "NOT_SENT", "COUNTS", "KEPT_COUNTS", "ASSUMED", "RATES", "SHARES_WITHIN"}
    assert len(words - selections - columns) == len(VOCABULARIES)


@pytest.mark.parametrize("lang", labels.LANGS)
@pytest.mark.parametrize("kind", VOCABULARIES)
def test_vocabulary(kind: str, lang: labels.Lang) -> None:
    assert tuple(labels.labels(kind, lang)) == VOCABULARIES[kind]


@pytest.mark.parametrize("lang", labels.LANGS)
@pytest.mark.parametrize("kind", labels.kinds())
def test_texts_are_written_and_differ(kind: str, lang: labels.Lang) -> None:
    texts = labels.labels(kind, lang)
    assert [key for key, text in texts.items() if not text or text != text.strip()] == []
    assert [text for text, count in Counter(texts.values()).items() if count > 1] == []


@pytest.mark.parametrize("column", dict.fromkeys([*COUNTS, *RATES, *DIMENSIONS, *schemas.EVENT_COLUMNS, *schemas.MESSAGE_COLUMNS]))
def test_columns_have_headings(column: str) -> None:
    assert all(labels.label(f"column.{column}", lang) for lang in labels.LANGS)


@pytest.mark.parametrize(("outcome", "texts"), OUTCOMES.items())
def test_outcomes_are_called_what_people_call_them(outcome: str, texts: tuple[str, str]) -> None:
    assert (labels.label(f"outcome.{outcome}", "nb"), labels.label(f"outcome.{outcome}", "en")) == texts


def test_single_labels() -> None:
    assert labels.label("column.rate_confirmed", "nb") == "Bekreftet levert"
    assert labels.label("column.coverage", "nb") == "Statusdekning"
    with pytest.raises(KeyError):
        labels.label("outcome.unheard_of", "nb")
    with pytest.raises(KeyError):
        labels.labels("unheard_of", "nb")


def _glossary() -> dict[str, dict[str, tuple[str, str]]]:
    """Kind, key and texts in the tables of the page."""
    tables: dict[str, dict[str, tuple[str, str]]] = {}
    kind = ""
    for line in GLOSSARY.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if "English" in cells:
            kind = cells[0].strip("`")
        elif re.fullmatch(r"`\w+`", cells[0]):
            assert cells[3], line
            tables.setdefault(kind, {})[cells[0].strip("`")] = (cells[1], cells[2])
    return tables


@pytest.mark.parametrize("kind", ["term", "outcome", "status", "reason", "reason_class", "gap_cause", "decided_by"])
def test_glossary(kind: str) -> None:
    nb, en = labels.labels(kind, "nb"), labels.labels(kind, "en")
    assert _glossary()[kind] == {key: (nb[key], en[key]) for key in nb}


@pytest.mark.parametrize(
    ("count", "nb", "en"),
    [
        (0, "Skrevet: f (0 rader)", "Written: f (0 rows)"),
        (1, "Skrevet: f (1 rad)", "Written: f (1 row)"),
        (2, "Skrevet: f (2 rader)", "Written: f (2 rows)"),
    ],
)
def test_a_count_has_its_noun_in_the_right_number(count: int, nb: str, en: str) -> None:
    assert (phrases.phrase("written", "nb", "f", count), phrases.phrase("written", "en", "f", count)) == (nb, en)


def test_what_is_no_count_is_written_as_it_is() -> None:
    text = "{path}: {count:event was|events were} read{braces}, {0:.1f} s, {1}"
    assert phrases.filled(text, 1.25, True, path="a", count=1, braces=" {}") == "a: 1 event was read {}, 1.2 s, True"
