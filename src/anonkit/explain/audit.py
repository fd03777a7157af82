"""The audit: what an attacker gets out of an anonymized file, without its key.

The tests that find flaws in a field stand at the end; what each is called, and what in the policy
mends it, is said by its name in `wording/`. What is measured beside them: groups of records that
look alike, and how long tokens can be followed.
"""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from socket import AF_INET6, inet_pton
from typing import TYPE_CHECKING, Final, NamedTuple

from anonkit.detect import find
from anonkit.errors import Withheld
from anonkit.explain.crossing import LIMIT as CROSSING, Crossing
from anonkit.explain.dictionary import LOOKED_AT, fallen
from anonkit.explain.fields import reader
from anonkit.explain.groups import Groups
from anonkit.explain.observe import Memory, Observed
from anonkit.parse.column import read_time
from anonkit.parse.formats import FORMATS
from anonkit.parse.names import class_of, is_moment
from anonkit.stages import truncate, user_agent
from anonkit.stages.clock import cut, is_clock, is_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anonkit.parse.formats import Format

# Records from which the fields are chosen that tell records apart.
FIRST: Final = 2_000
# Bytes of these records, whichever comes first.
FIRST_BYTES: Final = 8 << 20
# Tokens of a field that are followed through time, and of all fields; the others are counted.
FOLLOWED: Final = 4_096
MOST_FOLLOWED: Final = 8 * FOLLOWED
# Names that are looked at, and the longest; what has others is counted. Objects can make up any.
MOST_FIELDS: Final = 500
LONGEST_NAME: Final = 256
# Tokens that are remembered for `crossing.py`, of all fields together: some 100 MB.
MOST_CROSSING: Final = 1 << 20
# Less than this of a field's values is an accident of a parser, and no policy.
SHARE: Final = 0.01
# So many values, and their tokens are told by how often each comes.
FEW: Final = 64

# Kinds by which records are always told apart, and those by which they are only when somebody names
# them: times and measures leave every record alone, and tokens are followed instead. A postal code
# and a year of birth are numbers too, but of a person: their names say so.
ALWAYS: Final = ("address", "agent")
UNTOLD: Final = ("email", "identifier", "integer", "nothing", "number", "time", "url")
# A field tells records apart when its values come again: on average twice.
MOST_DIFFERENT: Final = 0.5
_DOT: Final = re.compile(r"(?<!\\)\.")  # between names in a path
# Hexadecimal digits of digests: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512, CRC-32, xxHash64.
# anonkit writes tokens in base64url.
_DIGEST: Final = re.compile(
    r"(?:md5:|sha1:|sha-?256:|sha-?512:)?(?:[0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}"
    r"|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})"
    # With padding; tokens of anonkit have none.
    r"|(?=[^=]*[0-9A-Z+/_-])(?:[\w+/-]{22}==|[\w+/-]{27}=|[\w+/-]{43}=|[\w+/-]{86}==)",
    re.IGNORECASE,
)
# Names of what is a digest and of nobody, or random: nobody can tell these from hashes of people,
# and who reads the report need not be told of each.
_NO_TOKEN: Final = re.compile(
    r"(?:trace|span|parent|commit|revision|build|image|layer|content|file|git|chunk|blob)[\W_]?id$"
    r"|(?:commit|revision|build|digest|etag|checksum|crc|sha|md5|sha1|sha256|traceparent)$",
    re.IGNORECASE,
)
# What may be text in another writing: some letters and digits, no word of one's own.
_ENCODED: Final = re.compile(r"[\w+/-]{8,1024}={0,2}", re.ASCII)
SHORTEST_ENCODED: Final = 6  # characters of what is decoded; shorter ones come by chance
HALF: Final = 0.5
_TO_MINUTE: Final = cut(1)
_URLSAFE: Final = str.maketrans("+/", "-_")
# RFC 4291 mapped, RFC 6052, RFC 3056, RFC 4380: an IPv4 address inside.
_EMBEDDED: Final = re.compile(r"::ffff:|64:ff9b:|2002:|2001:0?:", re.IGNORECASE)


class Flaw(NamedTuple):
    """One thing an attacker can use.

    Args:
        name: Its name.
        field: Where.
        share: The share of the field's values that have it.
        detail: More about it, such as the types that were found; never a value.
    """

    name: str
    field: str
    share: float
    detail: str = ""


class Result(NamedTuple):
    """What an audit found.

    Args:
        records: How many records were read.
        unread: How many lines had no fields.
        beyond: How many values stood under more names than are looked at.
        fields: What was seen of each field.
        quasi: The fields that records were told apart by.
        groups: Groups of records alike in these.
        spans: By field of tokens: how long the longest token could be followed.
        flaws: What an attacker can use.
        files: How many files were read.
        crossings: Where there are several: tokens by field, and how many come in more than one.
    """

    records: int
    unread: int
    beyond: int
    fields: dict[str, Observed]
    quasi: tuple[str, ...]
    groups: Groups
    spans: dict[str, timedelta]
    flaws: list[Flaw]
    files: int
    crossings: dict[str, Crossing]


class Audit:
    """Reads anonymized lines as an attacker would: `add` each, then ask for the `result`.

    Args:
        form: The format of the file; without it, say it with `begin`.
        quasi: The fields that tell records apart; chosen from the first records without.
        period: How long a token may be linkable.
        guesses: Values that tokens may stand for, such as `usual_guesses()`: the attacker's
            dictionary.
    """

    def __init__(
        self,
        form: Format | None = None,
        *,
        quasi: Iterable[str] = (),
        period: timedelta = timedelta(days=30),
        guesses: Iterable[str] = (),
    ) -> None:
        self._quasi = tuple(quasi)
        self._period = period
        self._guesses = tuple(guesses)
        self._groups = Groups()
        self._memory = Memory()
        self._beyond = 0
        self._followed_count = 0
        self._first_bytes = 0
        self._fields: dict[str, Observed] = {}
        self._first: list[dict[str, str]] | None = [] if not self._quasi else None
        self._followed: dict[str, dict[str, tuple[datetime, datetime]]] = {}
        self._crossings: dict[str, Crossing] = {}
        self._records = 0
        self._unread = 0
        self._files = 0
        if form is not None:
            self.begin(form)

    def begin(self, form: Format) -> None:
        """Take lines of the next file from here on: one of another period.

        Args:
            form: Its format.
        """
        # Objects of any shape are read by their own names, and not by what names say.
        self._read = reader(FORMATS["jsonl"] if form.name == "json" else form)
        self._files += 1

    def add(self, line: bytes) -> None:
        """Take one line."""
        fields = self._read(line)
        if not fields:
            self._unread += bool(line.strip())
            return
        self._records += 1
        record: dict[str, str] = {}
        when = None
        for path, value in fields:
            # All items of a list tell records apart.
            record[path] = f"{record[path]}\0{value}" if path in record else value
            seen = self._fields.get(path) or self._new(path)
            if seen is None:
                self._beyond += 1
                continue
            kind = seen.add(value)
            if kind == "time" and when is None:
                when = _time(value)
            elif kind == "identifier":
                self._cross(path, value)
        if when is not None:
            self._follow(fields, when)
        if self._first is None:
            self._groups.add([record.get(path, "") for path in self._quasi])
        else:
            self._first.append(record)
            self._first_bytes += len(line)
            if len(self._first) == FIRST or self._first_bytes > FIRST_BYTES:
                self._choose()

    def _new(self, path: str) -> Observed | None:
        """Begin to look at a field; there may be too many already."""
        few = len(self._fields) < MOST_FIELDS and len(path) <= LONGEST_NAME
        if not few and path not in self._quasi:
            return None
        return self._fields.setdefault(path, Observed(self._memory))

    def _cross(self, path: str, token: str) -> None:
        """Remember in which file a token was; each field has an equal share of the memory."""
        if path not in self._crossings:
            limit = min(CROSSING, MOST_CROSSING // (len(self._crossings) + 1))
            self._crossings[path] = Crossing()
            for crossing in self._crossings.values():
                crossing.limit = limit
        self._crossings[path].add(token, self._files)

    def result(self) -> Result:
        """Return what was found."""
        if self._first is not None:
            self._choose()
        spans = {
            path: max(last - first for first, last in tokens.values())
            for path, tokens in self._followed.items()
            if tokens
        }
        flaws = [
            flaw
            for path, seen in self._fields.items()
            if seen.count
            for test in _TESTS
            for flaw in test(path, seen)
        ]
        flaws += [
            Flaw("dictionary", path, share) for path, share in fallen(self._fields, self._guesses)
        ]
        flaws += [
            Flaw("outlives-period", path, 1.0, f"{span.days} days")
            for path, span in spans.items()
            if span > self._period
        ]
        crossings = self._tokens() if self._files > 1 else {}
        flaws += [
            Flaw("crosses-periods", path, tokens.share)
            for path, tokens in crossings.items()
            if tokens.share
        ]
        return Result(
            self._records,
            self._unread,
            self._beyond,
            self._fields,
            self._quasi,
            self._groups,
            spans,
            flaws,
            self._files,
            crossings,
        )

    def _tokens(self) -> dict[str, Crossing]:
        """Return the tokens of each field of tokens."""
        return {
            path: tokens
            for path, tokens in self._crossings.items()
            if self._fields[path].kind == "identifier"
        }

    def _choose(self) -> None:
        """Choose the fields that tell records apart, and count those that have passed."""
        first, self._first = self._first or [], None
        self._quasi = tuple(
            path
            for path, seen in self._fields.items()
            if path != "type"
            and (seen.kind in ALWAYS or (seen.share <= MOST_DIFFERENT and _tells(path, seen.kind)))
        )
        for record in first:
            self._groups.add([record.get(path, "") for path in self._quasi])

    def _follow(self, fields: list[tuple[str, str]], when: datetime) -> None:
        """Note when a token was first and last seen."""
        for path, value in fields:
            if path not in self._fields or self._fields[path].kind != "identifier":
                continue
            tokens = self._followed.setdefault(path, {})
            known = tokens.get(value)
            if known is not None:
                tokens[value] = min(known[0], when), max(known[1], when)
            elif len(tokens) < FOLLOWED and self._followed_count < MOST_FOLLOWED:
                self._followed_count += 1
                tokens[value] = when, when


def _tells(path: str, kind: str) -> bool:
    """Return whether a field whose values come again tells one person from another."""
    return kind not in UNTOLD or class_of(_DOT.split(path)[-1]) == "personal"


def _exact_time(path: str, seen: Observed) -> Iterator[Flaw]:
    """Find times that to cut to their minute changes."""
    # A number or a clock alone is a time where its name says so, and else a size or a duration.
    named = is_moment(_DOT.split(path)[-1])
    exact = [
        value
        for value in seen.values()
        if (is_time(value) or (named and is_clock(value))) and _TO_MINUTE(value) != value
    ]
    if (part := seen.part(exact)) > SHARE:
        yield Flaw("exact-time", path, part)


def _addresses(path: str, seen: Observed) -> Iterator[Flaw]:
    values = seen.values("address")
    network = truncate()
    whole = [value for value in values if network(value) != value]
    embedded = [value for value in whole if _EMBEDDED.match(value)]
    for name, found in (
        ("embedded-address", embedded),
        ("whole-address", [value for value in whole if value not in embedded]),
        ("mapped-cut", [value for value in values if _is_nobody(value)]),
    ):
        if (part := seen.part(found)) > SHARE:
            yield Flaw(name, path, part)


def _is_nobody(value: str) -> bool:
    """Tell whether an IPv6 address has nothing left, or nothing but that it was IPv4-mapped."""
    try:
        packed = inet_pton(AF_INET6, value.strip("[]"))
    except OSError:
        return False
    return not any(packed[:10]) and not any(packed[12:]) and packed[10:12] in (b"\0\0", b"\xff\xff")


def _full_agent(path: str, seen: Observed) -> Iterator[Flaw]:
    reduce = user_agent()
    full = [value for value in seen.values("agent") if "(" in value and reduce(value) != value]
    if (part := seen.part(full)) > SHARE:
        yield Flaw("full-user-agent", path, part)


def _plain_hash(path: str, seen: Observed) -> Iterator[Flaw]:
    if _NO_TOKEN.search(path):
        return
    digests = [value for value in seen.values() if _DIGEST.fullmatch(value)]
    lengths = {len(value) for value in digests}
    if (
        len(lengths) == 1
        and not all(map(str.isdigit, digests))
        and (part := seen.part(digests)) > 1 - SHARE
    ):
        yield Flaw("plain-hash", path, part)


def _encoded(path: str, seen: Observed) -> Iterator[Flaw]:
    """Find values that are not treated but written otherwise: base64 and hexadecimal of text."""
    encoded = [value for value in seen.values()[:LOOKED_AT] if _is_encoded(value)]
    if (part := seen.part(encoded)) > HALF:
        yield Flaw("encoded", path, part)


def _is_encoded(value: str) -> bool:
    if not _ENCODED.fullmatch(value):
        return False
    for decode in (bytes.fromhex, _from_base64):
        try:
            text = decode(value).decode()
        except ValueError:
            continue
        # What decodes to text by chance has other characters in it than those of names and numbers.
        if len(text) >= SHORTEST_ENCODED and text.isprintable() and text.isascii():
            return True
    return False


def _from_base64(value: str) -> bytes:
    data = value.rstrip("=").translate(_URLSAFE)
    return b64decode(data + "=" * (-len(data) % 4), altchars=b"-_", validate=True)


def _few_tokens(path: str, seen: Observed) -> Iterator[Flaw]:
    if seen.kind == "identifier" and seen.distinct <= FEW < seen.count / FEW:
        yield Flaw("few-tokens", path, 1.0, f"{seen.distinct} tokens")


def _residue(path: str, seen: Observed) -> Iterator[Flaw]:
    """Find what the scrubber still finds in text; addresses have a test of their own."""
    if seen.kind in ("address", "time", "integer", "number", "boolean", "identifier"):
        return
    looked_at = seen.values()[:LOOKED_AT]
    found = [[span.type for span in find(value) if span.type[:2] != "IP"] for value in looked_at]
    if types := dict.fromkeys(chain.from_iterable(found)):
        yield Flaw("residue", path, sum(map(bool, found)) / len(looked_at), ", ".join(types))


_TESTS: Final[tuple[Callable[[str, Observed], Iterator[Flaw]], ...]] = (
    _exact_time,
    _addresses,
    _full_agent,
    _plain_hash,
    _encoded,
    _few_tokens,
    _residue,
)


@lru_cache(8192)
def _time(text: str) -> datetime | None:
    """Return a time as logs and events write it, without its zone."""
    for read in (datetime.fromisoformat, read_time):
        try:
            return read(text).replace(tzinfo=None)
        except (ValueError, Withheld):
            pass
    return None
