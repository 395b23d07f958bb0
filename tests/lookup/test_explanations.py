"""Every outcome and every reason is explained, in both languages, in plain words."""

import re
from itertools import product

import pytest

from sms_analytics.lookup.story import _SAID
from sms_analytics.text.labels import LANGS, Lang, kinds, labels
from sms_analytics.vocabulary import CHARGE_STATUSES, DECIDED_BY, OUTCOMES, REASONS

ADVICE = ("sender_can", "recipient_can", "answer_customer")
KINDS = ("explain_outcome", "explain_reason", *ADVICE, "answer_opening")
#: Words of ours, of the trade or of the office, that a customer need not know.
JARGON = re.compile(
    r"\b(MSISDN|DLR|SMSC|MAP|HLR|MNP|TTL|NULL|feed|payload|subscriber|handset|provisioned|vedrørende|herunder|foreligger|således|iht|ifm|mht"
    r"|abonnentid|ukurant|effektuer\w*|respons|forbindelse med)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(("kind", "keys"), [("explain_outcome", OUTCOMES), ("explain_reason", tuple(REASONS)), ("answer_opening", OUTCOMES)])
def test_what_it_means_is_said_of_all(kind: str, keys: tuple[str, ...]) -> None:
    assert set(keys) - set(labels(kind, "nb")) == set()


@pytest.mark.parametrize("kind", ADVICE)
def test_what_to_do_is_said_of_all(kind: str) -> None:
    assert {*OUTCOMES, *REASONS} - set(labels(kind, "nb")) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_explained_that_does_not_exist(kind: str) -> None:
    known = {*OUTCOMES, *REASONS, "refused", *(f"{outcome}.{reason}" for outcome, reason in product(OUTCOMES, REASONS))}
    assert set(labels(kind, "nb")) - known == set()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_plain_language(kind: str, lang: Lang) -> None:
    for key, text in labels(kind, lang).items():
        assert text[0].isupper(), key
        assert text[-1] in ".!", key
        assert not JARGON.search(text), key
        sentences = re.split(r"(?<=[.!:;]) ", re.sub(r"\{\w+\}", "x", text))
        assert max(len(sentence.split()) for sentence in sentences) <= 32, key


@pytest.mark.parametrize("lang", LANGS)
def test_openings_name_the_number(lang: Lang) -> None:
    assert [key for key, text in labels("answer_opening", lang).items() if "{number}" not in text] == []


def test_places_for_values_agree_between_the_languages() -> None:
    def places(kind: str, lang: Lang) -> dict[str, list[str]]:
        return {key: sorted(re.findall(r"\{\w*\}", text)) for key, text in labels(kind, lang).items()}

    for kind in [*KINDS, "note", "around", "support", "decided", "charged"]:
        assert places(kind, "nb") == places(kind, "en")
    assert set(KINDS) <= set(kinds())


def test_delivered_but_not_seen_is_answered_as_support_does() -> None:
    for kind in ("recipient_can", "answer_customer"):
        nb, en = labels(kind, "nb")["delivered"], labels(kind, "en")["delivered"]
        assert "på nytt" in nb
        assert "dato" in nb
        assert "lenger ned i listen" in nb
        assert "estart" in en
        assert "down the list" in en


def test_every_word_of_a_charge_and_of_who_decided_is_explained() -> None:
    assert set(_SAID) == set(CHARGE_STATUSES)
    assert set(_SAID.values()) <= set(labels("charged", "nb"))
    assert {*DECIDED_BY, "open"} == set(labels("decided", "nb"))
