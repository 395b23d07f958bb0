"""What a message that arrived cost."""

from sms_analytics.questions.costs_of_sending import costs
from tests.messages_table import database, messages_of


def test_failures_are_paid_for_too() -> None:
    rows = [
        *messages_of(8, price=0.5, charge="cost"),
        *messages_of(2, price=0.5, charge="cost", outcome="failed"),
        *messages_of(5),
        *messages_of(1, price=10.0, charge="premium"),
    ]
    (row,) = costs(database(rows)).to_dicts()
    assert row == {
        "operator": "Telenor",
        "sent": 16,
        "priced": 10,
        "cost": 5.0,
        "cost_per_message": 0.5,
        "delivered_priced": 8,
        "cost_per_confirmed": 0.625,
    }


def test_without_prices_nothing_is_said() -> None:
    (row,) = costs(database(messages_of(3))).to_dicts()
    assert (row["priced"], row["cost"], row["cost_per_message"], row["cost_per_confirmed"]) == (0, None, None, None)


def test_where_nothing_arrived_there_is_no_price_of_arrival() -> None:
    (row,) = costs(database(messages_of(3, price=0.4, charge="cost", outcome="no_status"))).to_dicts()
    assert (row["cost_per_message"], row["cost_per_confirmed"]) == (row["cost"] / 3, None)
