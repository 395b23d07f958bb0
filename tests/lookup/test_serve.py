"""The support page as a server: who may see it, what it keeps to itself, several visitors, and a load beneath it."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest

from sms_analytics.commands.loader import load
from sms_analytics.errors import DatabaseError, UsageError
from sms_analytics.serve import access
from sms_analytics.serve.links import Links, key_of
from sms_analytics.serve.server import serve
from tests.lookup.server import Running, Visitor, running
from tests.small_database import loaded

#: What somebody could put where their sender, text or reference belongs.
HOSTILE = (
    "Meldings-ID;Mottaker;Status;Teleoperatør;Tidspunkt;Tilbakemelding;Kundereferanse;Avsender",
    '7000098;40000012;SMS feilet;Telia;01.10.2026 11:00;"<img src=x onerror=alert(1)>";ordre-98;"<script>alert(2)</script>"',
    '7000099;"<b>40000013</b>";SMS feilet;Telia;01.10.2026 11:00;"{{ 7*7 }}";"ordre-99";"\'><i>x"',
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loaded(tmp_path_factory.mktemp("serve"))[0]


@pytest.fixture(scope="module")
def page(database: Path) -> Iterator[Running]:
    with running(database) as page:
        yield page


@pytest.fixture
def visitor(page: Running) -> Visitor:
    return Visitor(page.url)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.parametrize("asked", ["40000002", "+47 400 00 002", "0047 40000002", "00A1B2C4", "4,740000002E+09"])
def test_a_number_or_id_is_answered(visitor: Visitor, asked: str) -> None:
    found = visitor.search(asked)
    text = words(found.text)
    assert found.status == 200
    assert "SMS feilet: Nummeret er ikke i bruk" in text
    assert "Fjern nummeret fra listen" in text
    assert "access.log:5" in text
    assert "Hemmelig" not in found.text


def test_the_address_tells_nothing(visitor: Visitor) -> None:
    found = visitor.search("40000001")
    addresses = [found.url, *re.findall(r'href="([^"]+)"', found.text)]
    assert len(addresses) > 5
    assert [address for address in addresses if "4000000" in address or "A1B2C" in address.upper()] == []
    others = re.findall(r'href="(/m/[^"]+)"', found.text)
    assert "2026-10-01" in words(visitor.get(others[0]).text)


def test_language_is_remembered_and_comes_back_to_the_page(visitor: Visitor) -> None:
    found = visitor.search("40000002")
    path = found.url.removeprefix(visitor.url.rstrip("/"))
    english = visitor.post("/language", lang="en", back=path)
    assert english.url == found.url
    assert "Failed: Number not in use" in words(english.text)
    assert '<html lang="en">' in visitor.get().text
    for elsewhere in ("//example.org/", "https://example.org/", "/\\example.org"):
        assert visitor.post("/language", lang="nb", back=elsewhere).url == visitor.url


def test_what_is_not_there(visitor: Visitor) -> None:
    near = visitor.search("40000004")
    assert near.status == 404
    assert "Mente du et av disse?" in words(near.text)
    links = dict(re.findall(r'<a href="(/s/[^"]+)">([^<]+)</a>', near.text))
    assert set(links.values()) == {"+47 400 00 001", "+47 400 00 002", "+47 400 00 003"}
    (first,) = [path for path, number in links.items() if number.endswith("002")]
    assert "SMS feilet: Nummeret er ikke i bruk" in words(visitor.get(first).text)
    cut = visitor.search("4,74E+09")
    assert "Excel har kuttet nummeret 4,74E+09" in words(cut.text)
    assert visitor.get("/nothing").status == 404
    gone = visitor.get("/s/AAAAAAAAAAAAAAAAAAAA")
    assert gone.status == 410
    assert "Søk en gang til" in words(gone.text)
    assert visitor.search("   ").url == visitor.url


def test_an_account_of_a_day_with_filters(visitor: Visitor) -> None:
    found = visitor.search("00A1B2C3")
    (path,) = re.findall(r'class="sms-link" href="([^"]+)"', found.text)
    everything = visitor.get(path)
    assert "2 av 2 meldinger" in words(everything.text)
    assert "1. oktober 2026" in words(everything.text)
    silent = visitor.get(f"{path}?outcome=no_status&operator=Telenor")
    assert "1 av 2 meldinger" in words(silent.text)
    assert "+47 400 00 003" in silent.text
    assert "Ingen meldinger passer" in words(visitor.get(f"{path}?outcome=paused").text)
    for odd in ("page=99", "page=-1", "page=x", "outcome=%3Cb%3E", "operator="):
        assert visitor.get(f"{path}?{odd}").status == 200


def test_without_send_outs_the_list_says_so(visitor: Visitor) -> None:
    assert "Ingen av meldingene som er lest inn, hører til en utsendelse" in words(visitor.get("/sendouts").text)


def test_headers_allow_nothing_from_elsewhere(visitor: Visitor) -> None:
    cookie = visitor.get().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    for path in ("/", "/nothing", "/sendouts"):
        headers = visitor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert (headers["Cache-Control"], headers["Referrer-Policy"], headers["X-Content-Type-Options"]) == ("no-store", "no-referrer", "nosniff")
        assert "Tornado" not in headers["Server"]
    html = visitor.search("40000001").text
    assert re.findall(r'\s(?:style|on\w+)="|<style|javascript:|<script(?! src="/assets/page.js" defer></script>)', html) == []
    assert re.findall(r'(?:src|href|action)="(?!/|#)', html) == []


def test_a_form_from_elsewhere_is_refused(page: Running) -> None:
    assert Visitor(page.url).post("/search", asked="40000001").status == 403


def test_another_sites_name_for_this_machine_is_refused(page: Running) -> None:
    assert Visitor(page.url).get("/", Host="evil.example").status == 421
    assert Visitor(page.url).get("/", Host="localhost:8765").status == 200


def test_nothing_can_be_written_and_other_methods_are_refused(page: Running, database: Path) -> None:
    before = (database.stat().st_mtime_ns, database.stat().st_size)
    with socket.create_connection((re.findall(r"[\d.]+", page.url)[0], int(page.url.rstrip("/").rpartition(":")[2]))) as raw:
        raw.sendall(b"DELETE / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert raw.recv(100).startswith((b"HTTP/1.1 403", b"HTTP/1.1 405"))
    assert (database.stat().st_mtime_ns, database.stat().st_size) == before


def test_many_visitors_at_once(page: Running) -> None:
    def ask(number: int) -> bool:
        found = Visitor(page.url).search(f"4000000{number % 3 + 1}")
        return found.status == 200 and f"+47 400 00 00{number % 3 + 1}" in found.text

    with ThreadPoolExecutor(8) as visitors:
        assert all(visitors.map(ask, range(24)))


def test_a_load_beneath_it_and_html_in_what_others_wrote(tmp_path: Path) -> None:
    db, _ = loaded(tmp_path)
    (tmp_path / "more.csv").write_text("".join(f"{line}\n" for line in HOSTILE), "utf-8")
    with running(db) as page:
        visitor = Visitor(page.url)
        assert visitor.search("ordre-98").status == 404
        assert load(str(tmp_path / "more.csv"), db=db).faults == []
        found = visitor.search("ordre-98")
        assert found.status == 200
        assert "<img src=x" not in found.text
        assert "<script>alert" not in found.text
        assert "&lt;img src=x onerror=alert(1)&gt;" in found.text
        assert "&lt;script&gt;alert(2)&lt;/script&gt;" in found.text
        named = visitor.search("ordre-99")
        assert "<b>40000013" not in named.text
        assert "&lt;b&gt;40000013&lt;/b&gt;" in named.text
        assert "{{ 7*7 }}" in named.text
        assert visitor.search("40000001").status == 200
        assert page.open_files(db.name) == 1
        db.rename(tmp_path / "away.duckdb")
        kept = visitor.search("40000001")
        assert kept.status == 200
        assert "Databasen er byttet ut" in words(kept.text)
    assert not re.search(r"4000000|ordre|A1B2C", "".join(page.said))


def test_the_log_says_how_long_and_nothing_else(page: Running) -> None:
    visitor = Visitor(page.url)
    visitor.search("40000001")
    visitor.search("40000999")
    visitor.get("/40000001?asked=40000001")
    visitor.get("/s/40000001")
    waited = time.monotonic() + 20
    while not re.search(r"GET Found 410 \d+ ms", log := "".join(page.said)):
        assert time.monotonic() < waited, log
        time.sleep(0.05)
    assert re.search(r"POST Search 303 \d+ ms", log)
    assert re.search(r"GET Found 404 \d+ ms", log)
    assert "40000" not in log
    assert "127.0.0.1" not in log.partition("\n")[2]


class TestAccess:
    def test_elsewhere_needs_a_password(self, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
        monkeypatch.delenv(access.ENVIRONMENT, raising=False)
        with pytest.raises(UsageError, match="put a password of 12 characters or more into"):
            serve(database, address="0.0.0.0")
        monkeypatch.setenv(access.ENVIRONMENT, "short")
        with pytest.raises(UsageError, match="too short"):
            serve(database, address="0.0.0.0")

    @pytest.mark.parametrize(
        ("address", "local"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("::", False), ("desk.example", False)]
    )
    def test_what_is_this_machine(self, address: str, local: bool) -> None:
        assert access.Access(address, None).is_local is local

    def test_the_password_opens_it(self, database: Path) -> None:
        with running(database, "--address", "0.0.0.0", password="tolv-tegn-minst") as page:
            visitor = Visitor(page.url.replace("0.0.0.0", "127.0.0.1"))
            for path in ("/", "/sendouts", "/s/AAAA", "/m/AAAA", "/o/AAAA"):
                turned_away = visitor.get(path)
                assert turned_away.url.endswith("/login")
                assert "Passord" in words(turned_away.text)
                assert "meldinger" not in words(turned_away.text).lower()
            assert "Passord" in words(visitor.search("40000001").text)
            wrong = visitor.post("/login", password="tolv-tegn-minst!")
            assert wrong.status == 401
            assert "Feil passord" in words(wrong.text)
            assert "6 meldinger" in words(visitor.post("/login", password="tolv-tegn-minst").text)
            assert visitor.search("40000001").status == 200
            assert visitor.post("/logout").url.endswith("/login")
            assert visitor.get("/").url.endswith("/login")
            assert "tolv-tegn" not in "".join(page.said)
        assert "tolv" not in repr(access.Access("0.0.0.0", "tolv-tegn-minst"))

    def test_no_database_and_a_taken_port_are_one_line(self, database: Path, tmp_path: Path) -> None:
        with pytest.raises(DatabaseError):
            serve(tmp_path / "none.duckdb")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(UsageError, match=r"--port \d+: cannot be used: .*; choose another port with --port"):
                serve(database, port=taken.getsockname()[1])

    def test_in_a_notebook_it_is_refused(self, database: Path) -> None:
        async def cell() -> None:
            serve(database, port=0)

        # Another test's browser may have a loop in this thread.
        with ThreadPoolExecutor(1) as kernel, pytest.raises(UsageError, match="needs a process of its own"):
            kernel.submit(asyncio.run, cell()).result()


class TestLinks:
    def test_equal_values_have_equal_names_that_tell_nothing(self) -> None:
        links = Links()
        name = links.name("search", "+4740000001")
        assert links.name("search", "+4740000001") == name
        assert links.value(name) == ["search", "+4740000001"]
        assert links.name("message", "+4740000001") != name
        assert Links().name("search", "+4740000001") != name
        assert "4740000001" not in name

    def test_live_as_long_as_their_key_and_stand_for_nothing_when_changed(self) -> None:
        name = Links(b"k" * 32).name("message", "æøå" * 40, None)
        assert Links(b"k" * 32).value(name) == ["message", "æøå" * 40, None]
        changed = [name[:place] + ("A" if name[place] != "A" else "B") + name[place + 1 :] for place in range(0, len(name) - 1, 7)]
        assert {str(Links(b"k" * 32).value(other)) for other in [*changed, name[:-4], "", "AAAA", "ÆØÅ"]} == {"None"}
        assert Links(b"l" * 32).value(name) is None

    def test_the_key_lies_beside_the_database_for_its_owner_alone(self, tmp_path: Path) -> None:
        key = key_of(tmp_path / "sms.duckdb")
        (file,) = tmp_path.iterdir()
        assert (key_of(tmp_path / "sms.duckdb"), len(key), file.stat().st_mode & 0o777) == (key, 32, 0o600)


class TestManyAndLists:
    def test_many_are_pasted_and_what_failed_comes_first(self, visitor: Visitor) -> None:
        visitor.get("/many")
        found = visitor.post("/many", pasted="400 00 001\n+4740000002; 99999999\nordre-17\n400 00 001")
        rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</tr>", found.text, re.DOTALL)
        assert words(rows[0]).startswith(" +47 400 00 002 ")
        assert ["SMS feilet" in row for row in rows] == [True, True, False, False]
        assert "Ikke funnet" in rows[-1]
        assert "4000000" not in found.url
        assert ">400 00 001\n+4740000002\n99999999\nordre-17</textarea>" in found.text
        assert "<title>4 søk · SMS-oppslag</title>" in found.text
        listed = visitor.get(f"{found.url}/csv")
        assert listed.headers["Content-Disposition"] == 'attachment; filename="sms.csv"'
        assert len(listed.text.splitlines()) == 5
        assert visitor.post("/many", pasted=" ;\n").url.endswith("/many")

    def test_a_list_is_sorted_and_comes_as_a_file(self, visitor: Visitor) -> None:
        found = visitor.search("00A1B2C3")
        (path,) = re.findall(r'class="sms-link" href="([^"]+)"', found.text)
        for sort, numbers in (("number", ["001", "003"]), ("-number", ["003", "001"])):
            page = visitor.get(f"{path}?sort={sort}")
            assert re.findall(r">\+47 400 00 (\d{3})</a>", page.text) == numbers
            assert f'aria-sort="{"descending" if sort[0] == "-" else "ascending"}"' in page.text
            (csv,) = re.findall(r'href="([^"]+)" download', page.text)
            lines = visitor.get(unescape(csv)).text.splitlines()
            assert [re.findall(r"\d{3}(?=;)", line)[0] for line in lines[1:]] == numbers
        assert visitor.get(f"{path}?sort=drop").status == 200

    def test_the_first_page_tells_how_things_stand(self, visitor: Visitor) -> None:
        shown = words(visitor.get().text)
        assert "Loggene rekker til 20. oktober 2026 kl. 10.00" in shown
        assert "Brudd som kan pågå ennå Ingen det siste døgnet i loggene." in shown
        assert "Loggene har ikke nok dager" in shown or "Ingen operatør leverer merkbart" in shown


def test_links_live_over_a_restart(database: Path) -> None:
    with running(database) as first:
        path = Visitor(first.url).search("40000002").url.removeprefix(first.url.rstrip("/"))
    with running(database) as second:
        assert "SMS feilet: Nummeret er ikke i bruk" in words(Visitor(second.url).get(path).text)
