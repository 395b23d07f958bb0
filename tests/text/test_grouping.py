"""What is said of several files is said once, and none of them is left out of the count."""

import pytest

from sms_analytics.text.grouping import grouped


@pytest.mark.parametrize(
    ("sentences", "told"),
    [
        ([], []),
        (["a.log: 3 times lie", "a.log: 3 times lie"], ["a.log: 3 times lie"]),
        (["a.log: 3 times lie", "b.log: 41 times lie", "b.log: empty"], ["a.log: 3 times lie (the same of 1 other: b.log)", "b.log: empty"]),
        (["nothing", "nothing at all"], ["nothing", "nothing at all"]),
        (
            [f"{name}.log: no zone; name one" for name in "abcdefgh"],
            ["a.log: no zone; name one (the same of 7 others: b.log, c.log, d.log, e.log, f.log and 2 more)"],
        ),
        (["a.log: no zone: give a.log one", "b.log: no zone: give b.log one"], ["a.log: no zone: give a.log one (the same of 1 other: b.log)"]),
    ],
)
def test_the_same_is_said_once(sentences: list[str], told: list[str]) -> None:
    assert grouped(sentences, "en") == told
