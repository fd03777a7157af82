"""Where an address is: country, region and large cities, by a database in MaxMind's format.

    places = Places("GeoLite2-City.mmdb", cities=large_cities("cities15000.txt"))
    places("203.0.113.77")   # Place(country="DE", region="DE-BE", city="Berlin")

The database is the user's, and nothing is asked of the network. It does not know how many people
live in a city, so a city leaves only if it is on a list: `large_cities` makes one of GeoNames' own
table, whose identifiers MaxMind uses. Without a list no city leaves.

What cannot be found is nowhere: private addresses, addresses that are none, damaged entries.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from anonkit.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Collection

# In a city of a hundred thousand, a browser and a language are shared by more than a handful.
POPULATION = 100_000
# ISO 3166-1 and the part of ISO 3166-2 behind the hyphen: what else stands there is no code.
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z0-9]{1,3}")
_LONGEST_CITY = 100
# GeoNames' table: https://download.geonames.org/export/dump/readme.txt, "The main 'geoname' table".
_COLUMNS, _ID, _PEOPLE = 19, 0, 14


class Place(NamedTuple):
    """Where somebody roughly is.

    Args:
        country: ISO 3166-1: `DE`.
        region: ISO 3166-2: `DE-BE`.
        city: Its English name.
    """

    country: str | None = None
    region: str | None = None
    city: str | None = None


NOWHERE = Place()


class Places:
    """Finds places; made once, used from any number of threads.

    Args:
        path: The database: GeoLite2 or GeoIP2, City or Country, or another with their fields.
        cities: The GeoNames identifiers of the cities that may be named.

    Raises:
        FormatError: maxminddb is not installed, or the file is no such database.
        OSError: The file cannot be read.
    """

    def __init__(self, path: Path | str, *, cities: Collection[int] = ()) -> None:
        if find_spec("maxminddb") is None:
            raise FormatError("places need maxminddb", hint="pip install 'anonkit[geoip]'")
        import maxminddb

        self._cities = frozenset(cities)
        try:
            self._reader = maxminddb.open_database(Path(path))
        except (maxminddb.InvalidDatabaseError, ValueError):
            raise FormatError(f"{path}: not a database in MaxMind's format") from None

    def __call__(self, address: str) -> Place:
        """Return where an address is; nothing of it is remembered."""
        try:
            found = self._reader.get(address)
        except Exception:  # noqa: BLE001 - no address or damage; its message quotes the address
            return NOWHERE
        country = _code(found, _COUNTRY, "country", "iso_code")
        if country is None:
            return NOWHERE
        region = _code(found, _REGION, "subdivisions", 0, "iso_code")
        return Place(country, region and f"{country}-{region}", self._city(found))

    def _city(self, found: Any) -> str | None:
        if _at(found, "city", "geoname_id") not in self._cities:
            return None
        name = _at(found, "city", "names", "en")
        return name if isinstance(name, str) and 0 < len(name) <= _LONGEST_CITY else None

    def close(self) -> None:
        """Close the database; what is looked up afterwards is nowhere."""
        self._reader.close()


def large_cities(path: Path | str, *, population: int = POPULATION) -> frozenset[int]:
    """Return the identifiers of cities with so many people or more.

    Args:
        path: A table of GeoNames, such as `cities15000.txt`, unpacked.
        population: The threshold.

    Raises:
        FormatError: A line is not one of such a table; the message names it.
        OSError: The file cannot be read.
    """
    found = set()
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, start=1):
            columns = line.rstrip(b"\r\n").split(b"\t")
            if len(columns) != _COLUMNS or not columns[_ID].isdigit():
                raise FormatError(f"{path}:{number}: not a line of a GeoNames table")
            if int(columns[_PEOPLE] if columns[_PEOPLE].isdigit() else 0) >= population:
                found.add(int(columns[_ID]))
    return frozenset(found)


def _at(found: Any, *steps: str | int) -> Any:
    """Return what stands at a path in an entry, or None: entries of no two databases are alike."""
    for step in steps:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int) and len(found) > step:
            found = found[step]
        else:
            return None
    return found


def _code(found: Any, form: re.Pattern[str], *steps: str | int) -> str | None:
    code = _at(found, *steps)
    return code if isinstance(code, str) and form.fullmatch(code) else None
