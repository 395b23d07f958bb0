"""The code tables: complete, unambiguous, and read however a log writes a code."""

import polars as pl
import pytest

from sms_analytics import vocabulary as v
from sms_analytics.events import codes
from sms_analytics.vocabulary import REASONS

SYSTEMS = [
    *("front_submit", "telenor_cpa", "telenor_cpa_old", "telia_cpa", "tdc_cpa"),
    *("map", "tp_status", "ucp", "ucp_error", "smpp_command_status", "smpp_hub", "twilio_smpp", "gatewayapi_smpp", "sinch_smpp", "8x8", "messente"),
    *("link", "puzzel", "strex", "gatewayapi", "vonage", "infobip", "twilio", "aws"),
]


def _reason(system: str | None, code: str | None) -> str | None:
    reason: str | None = codes.reasons(pl.Series([system], dtype=pl.String), pl.Series([code], dtype=pl.String)).item()
    return reason


@pytest.mark.parametrize("system", SYSTEMS)
def test_system_is_there(system: str) -> None:
    assert system in codes.systems()


def test_table_is_whole() -> None:
    table = codes.table()
    assert table.filter(pl.any_horizontal(pl.col("code_system", "code", "meaning", "source").is_null())).is_empty()
    keys = table.select(
        "code_system",
        pl.col("code").str.to_lowercase().str.replace(r"^0x0*([0-9a-f])", "0x$1").str.replace(r"^0+([0-9])", "$1"),
    )
    assert keys.filter(keys.is_duplicated()).is_empty()
    names = table.drop_nulls("name").select("code_system", "name")
    assert names.filter(names.is_duplicated()).is_empty()


def test_reasons_fit_the_statuses() -> None:
    table = codes.table().drop_nulls("status")
    negative = pl.col("status").cast(pl.String).is_in(v.NEGATIVE_STATUSES)
    assert table.filter(negative & pl.col("reason").is_null()).is_empty()
    positive = pl.col("status").cast(pl.String).is_in(["submitted", "accepted", "delivered", "queued", "scheduled"])
    assert table.filter(positive & pl.col("reason").is_not_null()).is_empty()
    gave_up = table.filter(pl.col("status") == "no_report")
    assert gave_up["reason"].unique().to_list() == ["no_report"]


@pytest.mark.parametrize(
    ("system", "code", "reason"),
    [
        ("map", "1", "unknown_subscriber"),
        ("map", "6", "absent_subscriber"),
        ("map", "27", "absent_subscriber"),
        ("map", "13", "subscriber_barred"),
        ("ucp", "107", "absent_subscriber"),
        ("ucp", "101", "unknown_subscriber"),
        ("ucp", "118", "network_error"),
        ("link", "2104", "unknown_subscriber"),
        ("link", "2105", "subscriber_barred"),
        ("link", "2107", "subscriber_barred_temporarily"),
        ("link", "1010", "no_report"),
        ("puzzel", "351", "unknown_subscriber"),
        ("puzzel", "356", "subscriber_barred_temporarily"),
        ("vonage", "3", "unknown_subscriber"),
        ("twilio", "30005", "unknown_subscriber"),
        ("twilio", "30036", "validity_expired"),
        ("twilio", "30032", "sender_rejected"),
        ("twilio", "30022", "throttled_or_quota"),
        ("twilio", "30410", "network_error"),
        ("twilio", "21614", "invalid_number"),
        ("twilio", "30004", "subscriber_barred"),
        ("twilio", "21610", "recipient_opted_out"),
        ("twilio", "30042", "sender_rejected"),
        ("twilio", "30111", "content_blocked"),
        ("twilio", "14107", "throttled_or_quota"),
        ("twilio", "30500", "network_error"),
        ("vonage_messages", "1190", "unknown_subscriber"),
        ("vonage_messages", "1240", "recipient_opted_out"),
        ("vonage_messages", "1490", "no_report"),
        ("telnyx", "40005", "validity_expired"),
        ("telnyx", "40300", "recipient_opted_out"),
        ("telnyx", "40329", "sender_rejected"),
        ("plivo", "70", "unknown_subscriber"),
        ("plivo", "200", "recipient_opted_out"),
        ("plivo", "450", "no_route"),
        ("infobip", "EC_DEACTIVATED_LIST", "unknown_subscriber"),
        ("infobip", "2052", "recipient_opted_out"),
        ("messagebird", "34", "network_error"),
        ("messagebird", "dlr not received", "no_report"),
        ("infobip", "256", "memory_full"),
        ("gatewayapi", "0x1010", "unknown_subscriber"),
        ("front_submit", "21", "recipient_opted_out"),
        ("telenor_cpa", "CPA01115E", "age_restricted"),
        ("telenor_cpa_old", "705", "subscriber_barred"),
        ("telia_cpa", "9206", "portability_error"),
        ("tdc_cpa", "InvalidTel", "unknown_subscriber"),
        ("tp_status", "0x46", "validity_expired"),
    ],
)
def test_known_codes(system: str, code: str, reason: str) -> None:
    assert _reason(system, code) == reason


def test_a_code_means_something_only_with_its_system() -> None:
    systems = ["vonage", "map", "twilio_smpp", "front_submit", "link", "unheard_of", None]
    assert [_reason(system, "5") for system in systems] == [
        "portability_error",
        "unknown_subscriber",
        "unknown_subscriber",
        "sender_account",
        "network_error",
        None,
        None,
    ]


@pytest.mark.parametrize(
    "written",
    ["0x0000000b", "0x0000000B", "0xb", "0X0B", "11", "0011", "11.0", " 11 ", "ESME_RINVDSTADR", "esme_rinvdstadr", "CommandStatus.ESME_RINVDSTADR"],
)
def test_spellings_of_a_command_status(written: str) -> None:
    assert _reason("smpp_command_status", written) == "invalid_number"


def test_telia_refusals() -> None:
    assert [_reason("smpp_command_status", code) for code in ("1040", "0x411", "0x00000412")] == [
        "sender_rejected",
        "throttled_or_quota",
        "sender_account",
    ]


@pytest.mark.parametrize("written", ["7", "07", "007", "0007"])
def test_padding_does_not_matter(written: str) -> None:
    assert _reason("vonage", written) == "handset_error"


def test_zero_means_what_its_system_says() -> None:
    assert _reason("ucp", "000") == "unknown_subscriber"
    assert _reason("ucp", "0") == "unknown_subscriber"
    assert _reason("twilio_smpp", "000") is None
    assert _reason("map", "0") is None
    read = codes.read(pl.Series(["twilio_smpp", "map"]), pl.Series(["000", "000"]))
    assert read["meaning"].to_list() == ["no error", None]


def test_gatewayapi_over_smpp_writes_the_low_byte_in_decimal() -> None:
    low = codes.table().filter(pl.col("code_system") == "gatewayapi_smpp").select("code", "meaning").rows()
    full = {
        int(code, 16): meaning for code, meaning in codes.table().filter(pl.col("code_system") == "gatewayapi").select("code", "meaning").iter_rows()
    }
    assert {0x1000 + int(code): meaning for code, meaning in low} == {code: meaning for code, meaning in full.items() if code >= 0x1000}
    assert _reason("gatewayapi_smpp", "019") == "absent_subscriber"
    assert _reason("gatewayapi_smpp", "126") == "unspecified"


def test_rows_keep_their_order() -> None:
    read = codes.read(pl.Series(["map", None, "link", "map", "link"]), pl.Series(["6", "6", "1010", None, "999"]))
    assert read.schema == {"reason": codes.REASON, "status": codes.STATUS, "meaning": pl.String}
    assert read["reason"].to_list() == ["absent_subscriber", None, "no_report", None, None]
    assert read["status"].to_list() == [None, None, "no_report", None, None]


def test_no_rows_and_no_codes() -> None:
    empty = pl.Series([], dtype=pl.String)
    assert codes.reasons(empty, empty).dtype == codes.REASON
    assert codes.reasons(pl.Series([None, None]), pl.Series([None, None])).to_list() == [None, None]


def test_integer_codes() -> None:
    assert codes.reasons(pl.Series(["link"]), pl.Series([2104])).to_list() == ["unknown_subscriber"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("30036", "validity_expired"),
        ("30032", "sender_rejected"),
        ("30022", "throttled_or_quota"),
        ("30410", "network_error"),
        ("21614", "invalid_number"),
        ("30004", "subscriber_barred"),
        ("21612", "no_route"),
        ("30450", "content_blocked"),
    ],
)
def test_twilio_codes(code: str, reason: str) -> None:
    assert _reason("twilio", code) == reason


@pytest.mark.parametrize(
    ("system", "code", "reason"),
    [
        ("vonage_messages", "1190", "unknown_subscriber"),
        ("vonage_messages", "1240", "recipient_opted_out"),
        ("vonage_messages", "1280", "subscriber_barred"),
        ("vonage_messages", "1460", "throttled_or_quota"),
        ("telnyx", "40014", "validity_expired"),
        ("telnyx", "40315", "sender_rejected"),
        ("infobip", "EC_NNR_HOPCOUNTERVIOLATION", "network_error"),
        ("infobip", "592", "no_route"),
    ],
)
def test_codes_of_other_vendors(system: str, code: str, reason: str) -> None:
    assert _reason(system, code) == reason


def test_a_changed_number_is_44_in_the_network() -> None:
    assert (_reason("map", "44"), _reason("map", "144")) == ("unknown_subscriber", None)


def test_call_barred_has_one_class() -> None:
    barred = codes.table().filter(pl.col("meaning").str.starts_with("call barred") | pl.col("name").eq("EC_CALL_BARRED"))
    assert barred["code_system"].to_list() == ["routee", "map", "ucp", "twilio_smpp", "gatewayapi", "gatewayapi_smpp", "infobip", "messagebird"]
    assert set(barred["reason"]) == {"subscriber_barred"}


def test_routes_are_a_class_of_their_own() -> None:
    assert [reason for reason, of_class in REASONS.items() if of_class == "route"] == ["no_route", "portability_error"]
    assert (REASONS["subscriber_barred"], REASONS["subscriber_barred_temporarily"]) == ("permanent", "temporary")
    assert (REASONS["network_error"], REASONS["roaming_not_allowed"]) == ("temporary", "temporary")


def test_every_code_says_where_it_is_from() -> None:
    assert codes.table()["source"].null_count() == 0
