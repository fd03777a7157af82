"""Where an address is: right on MaxMind's own data, nowhere on anything that is none."""

from __future__ import annotations

import sys
from ipaddress import IPv4Address, ip_network
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from anonkit.errors import FormatError
from anonkit.integrations.places import NOWHERE, Place, Places, large_cities

VECTORS = Path(__file__).parent.parent / "vectors" / "maxmind"
CITY = VECTORS / "GeoIP2-City-Test.mmdb"
ENTRIES = msgspec.json.decode((VECTORS / "places.json").read_bytes())["places"]
CITIES = {entry["geoname_id"] for entry in ENTRIES if entry["geoname_id"]}
PLACES = Places(CITY, cities=CITIES)
LONDON, BOXFORD = 2643743, 2655045


def addresses(network: str) -> list[str]:
    """Return the first and the last address of a network, IPv4 where it is written in IPv6."""
    ends = [ip_network(network, strict=False)[place] for place in (0, -1)]
    return [str(IPv4Address(int(end)) if int(end) < 2**32 else end) for end in ends]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["network"])
def test_a_place_is_what_maxmind_wrote_down(entry: dict[str, str]) -> None:
    """Country, region and city of both ends of each network are those of the source of the data."""
    for address in addresses(entry["network"]):
        assert PLACES(address) == (entry["country"], entry["region"], entry["city"])


def test_a_city_leaves_only_from_a_list() -> None:
    """Without a list no city is named, with one those on it."""
    assert Places(CITY)("81.2.69.160") == Place("GB", "GB-ENG")
    some = Places(CITY, cities=[LONDON])
    assert some("81.2.69.160") == Place("GB", "GB-ENG", "London")
    assert some("2.125.160.216") == Place("GB", "GB-ENG")  # Boxford


def test_a_database_of_countries_knows_countries() -> None:
    """A database without regions and cities gives the country."""
    assert Places(VECTORS / "GeoIP2-Country-Test.mmdb")("81.2.69.160") == Place("GB")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "unknown",
        "127.0.0.1",
        "10.0.0.1",
        "::1",
        "fe80::1%eth0",
        "1.2.3",
        "1.2.3.4.5",
        "\0",
        "999.1.1.1",
    ],
)
def test_what_is_not_found_is_nowhere(address: str) -> None:
    """Private addresses and what is no address are nowhere, and nothing is raised."""
    assert PLACES(address) == NOWHERE


@given(st.text(max_size=50))
def test_any_text_is_somewhere_or_nowhere(text: str) -> None:
    """No text raises, and what comes out are codes."""
    place = PLACES(text)
    assert place.country is None or len(place.country) == 2


def test_an_address_of_another_family_is_nowhere() -> None:
    """A database of IPv4 addresses alone says nothing of IPv6 ones, and quotes none."""
    assert Places(VECTORS / "MaxMind-DB-test-ipv4-24.mmdb")("2001:220::1") == NOWHERE


def test_a_closed_database_knows_nothing() -> None:
    """After `close` every address is nowhere."""
    places = Places(CITY)
    places.close()
    assert places("81.2.69.160") == NOWHERE


@pytest.mark.parametrize("path", sorted((VECTORS / "bad").iterdir()), ids=lambda path: path.stem)
def test_a_damaged_database_tells_nothing_wrong(path: Path) -> None:
    """Each of MaxMind's damaged databases is refused, or its addresses are nowhere."""
    try:
        places = Places(path, cities=CITIES)
    except FormatError as error:
        assert str(error) == f"{path}: not a database in MaxMind's format"
        return
    for address in ("81.2.69.160", "1.1.1.1", "0.0.0.0", "255.255.255.255", "::", "2001:220::1"):  # noqa: S104
        assert places(address) == NOWHERE


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("DE", NOWHERE),
        ([], NOWHERE),
        ({"country": "DE"}, NOWHERE),
        ({"country": {"iso_code": "Ada"}}, NOWHERE),
        ({"country": {"iso_code": 49}}, NOWHERE),
        ({"country": {"iso_code": "DE"}, "subdivisions": []}, Place("DE")),
        ({"country": {"iso_code": "DE"}, "subdivisions": {"0": 1}}, Place("DE")),
        ({"country": {"iso_code": "DE"}, "subdivisions": [{"iso_code": "ada"}]}, Place("DE")),
        ({"country": {"iso_code": "DE"}, "city": {"geoname_id": LONDON}}, Place("DE")),
        (
            {
                "country": {"iso_code": "DE"},
                "city": {"geoname_id": LONDON, "names": {"en": "x" * 101}},
            },
            Place("DE"),
        ),
    ],
)
def test_an_odd_entry_gives_what_is_a_code(
    entry: object, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an entry of another shape only what is a code gets through."""
    places = Places(CITY, cities=CITIES)

    class Reader:
        def get(self, _address: str) -> object:
            return entry

    monkeypatch.setattr(places, "_reader", Reader())
    assert places("81.2.69.160") == place


def test_without_maxminddb_the_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where maxminddb is missing, the error names the extra."""
    monkeypatch.setattr("anonkit.integrations.places.find_spec", lambda _name: None)
    with pytest.raises(FormatError, match=r"anonkit\[geoip\]"):
        Places(CITY)


def test_a_missing_database_is_a_missing_file(tmp_path: Path) -> None:
    """A path without a file says so itself, and text is no database."""
    with pytest.raises(FileNotFoundError):
        Places(tmp_path / "none.mmdb")
    (tmp_path / "text.mmdb").write_text("London", encoding="utf-8")
    with pytest.raises(FormatError):
        Places(tmp_path / "text.mmdb")


def test_importing_places_loads_no_reader() -> None:
    """maxminddb is loaded when a database is opened, not before."""
    assert "maxminddb" not in vars(sys.modules["anonkit.integrations.places"])


# --- large cities -------------------------------------------------------------------------------


def geoname(number: int, name: str, people: int | str) -> str:
    """Return a line of GeoNames' table."""
    columns = [str(number), name, name, "", "51.5", "-0.1", "P", "PPLC", "GB", "", "ENG", "GLA", "", "", str(people), "", "25", "Europe/London", "2026-01-01"]  # fmt: skip
    return "\t".join(columns)


def test_large_cities_are_those_above_the_threshold(tmp_path: Path) -> None:
    """A city of as many people as the threshold says is large, one of fewer or unknown many is not."""
    table = tmp_path / "cities15000.txt"
    lines = [
        geoname(LONDON, "London", 8961989),
        geoname(BOXFORD, "Boxford", 1000),
        geoname(7, "Nowhere", ""),
    ]
    table.write_text(
        "\n".join([*lines, geoname(8, "Small", 99_999), geoname(9, "Large", 100_000)]),
        encoding="utf-8",
    )
    assert large_cities(table) == {LONDON, 9}
    assert large_cities(table, population=1000) == {LONDON, BOXFORD, 8, 9}


@pytest.mark.parametrize(
    "line", ["", "London", "x" + geoname(1, "a", 1), geoname(1, "a", 1) + "\t"]
)
def test_another_table_is_refused(tmp_path: Path, line: str) -> None:
    """A line that is not of such a table is named by its number, and not quoted."""
    table = tmp_path / "cities.txt"
    table.write_text(f"{geoname(1, 'a', 1)}\n{line}\n", encoding="utf-8")
    with pytest.raises(FormatError) as error:
        large_cities(table)
    assert str(error.value) == f"{table}:2: not a line of a GeoNames table"
