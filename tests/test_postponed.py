"""What altair's import brings along and no chart needs is read when it is first asked for, and then does all that it does."""

import subprocess
import sys

import pytest

PARSERS = "rfc3987_syntax.syntax_helpers"


def answer(code: str) -> str:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_a_chart_is_drawn_without_reading_them() -> None:
    drawn = f"""
import sys
import altair, polars
altair.Chart(polars.DataFrame({{"a": [1]}})).mark_bar().encode(x="a:Q").to_json()
print("{PARSERS}" in sys.modules)
"""
    assert answer("import sms_analytics\n" + drawn) == "False"
    assert answer(drawn) == "True"


@pytest.mark.parametrize(
    ("value", "is_address"),
    [("https://eksempel.no/æøå", True), ("no address", False)],
)
def test_an_address_is_checked_as_ever(value: str, is_address: bool) -> None:
    checked = f"from jsonschema import FormatChecker\nprint(FormatChecker().conforms({value!r}, 'iri'))"
    assert answer(f"import sms_analytics\n{checked}") == answer(checked) == str(is_address)


@pytest.mark.parametrize(
    "use",
    [
        "from rfc3987_syntax import is_valid_syntax_iri as ask; print(ask('https://eksempel.no/'))",
        "import rfc3987_syntax as package; print(package.is_valid_syntax('iri', 'https://eksempel.no/'))",
        "from rfc3987_syntax.syntax_helpers import is_valid_syntax as ask; print(ask('iri', 'https://eksempel.no/'))",
    ],
)
def test_the_package_itself_can_be_used(use: str) -> None:
    assert answer(f"import sms_analytics\n{use}") == "True"
