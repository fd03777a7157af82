"""Single values on the wire: raw bytes for tokens and addresses, extensions for times.

text, integers to 64 bits, floats, truth values    as MessagePack has them
time in UTC                                        MessagePack's timestamp
time without zone, or with another offset          extension 2: local microseconds, offset
day                                                extension 3
span                                               extension 4
null                                               extension 1; nil says absent
"""

from __future__ import annotations

from binascii import Error as Base64Error, a2b_base64, b2a_base64
from datetime import UTC, date, datetime, timedelta, timezone
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET
from msgspec.msgpack import Ext

from anonkit.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anonkit.pack.schema import Wire

NULL, TIME, DAY, SPAN = 1, 2, 3, 4
LOWEST, HIGHEST = -(1 << 63), (1 << 64) - 1
# pseudonymize gives tokens of 96 to 512 bits.
TOKEN_BYTES = range(12, 65)
_FEW_TOKENS = 64
V4_BYTES, V6_BYTES = 4, 16
# truncate takes as many addresses in one list at most.
MOST_ADDRESSES = 64
PLAIN = frozenset({str, int, float, bool, datetime, date, timedelta})
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall time: the zone stands apart
EPOCH_DAY: Final = EPOCH.toordinal()
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
_LONGEST = timedelta(microseconds=(1 << 63) - 1)
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_", b"+/")
# The same, with lines' ends as zeros, and none of the letters of the other alphabet.
_FILLED = bytes.maketrans(b"-_+/\n", b"+/!!A")


def to_wire(wire: Wire, value: Any, place: str) -> Any:
    """Return a value as it is packed: raw bytes where the wire says so, else itself.

    Raises:
        PackError: The value is not of the kind that the field holds.
    """
    if wire == "value":
        return _plain(value, place)
    return token_bytes(value, place) if wire == "token" else address_bytes(value, place)


def from_wire(wire: Wire, value: Any, place: str) -> Any:
    """Return a packed value as it was: the inverse of `to_wire`.

    Raises:
        PackError: It is not one that `to_wire` makes.
    """
    if wire == "value":
        if value.__class__ not in PLAIN:
            raise PackError(place, "not a single value")
        return value
    return token_text(value, place) if wire == "token" else address_text(value, place)


def _plain(value: Any, place: str) -> Any:
    if value.__class__ is int and not LOWEST <= value <= HIGHEST:
        raise PackError(place, "an integer of more than 64 bits")
    if value.__class__ is timedelta and abs(value) > _LONGEST:
        raise PackError(place, "a span of more than 64 bits of microseconds")
    if value.__class__ is str:
        check_text(value, place)
    elif value.__class__ not in PLAIN:
        raise PackError(place, "not a single value")
    return value


def check_text(text: str, place: str) -> None:
    """Refuse text that UTF-8 cannot say.

    Raises:
        PackError: It holds half a character.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return
        raise PackError(place, "not valid Unicode")


def token_bytes(value: Any, place: str) -> bytes:
    """Return the bytes of a token, from its text or as they are."""
    raw = value
    if value.__class__ is str:
        try:
            padded = value.encode("ascii").translate(_STANDARD) + b"=" * (-len(value) % 4)
            raw = a2b_base64(padded)
        except (UnicodeEncodeError, Base64Error):
            raw = None
    if raw.__class__ is bytes and len(raw) in TOKEN_BYTES and value in (raw, _base64url(raw)):
        whole: bytes = raw
        return whole
    raise PackError(place, "not a token")


def tokens_bytes(texts: list[str]) -> bytes | None:
    """Return the bytes of tokens of one length, one behind another; None when they are not that.

    All at once: filled up to whole groups of four letters they decode as one text, and the bytes
    that the filling made, all zero, are taken out again.
    """
    letters = len(texts[0]) if texts else 0
    fill = -letters % 4
    if fill == 3:  # noqa: PLR2004 - no bytes end so
        return None
    # Behind each, a line's end and an A: lines of one length end at every so-manieth letter alone.
    ends = "\nA"[:fill]
    joined = ends.join(texts) + ends
    count = len(texts)
    step = letters + fill
    if fill:
        even = joined[letters::step].count("\n") == joined.count("\n") == count
    else:
        even = set(map(len, texts)) == {letters} and "\n" not in joined
    if not even or len(joined) != count * step:
        return None
    try:
        raw = bytearray(a2b_base64(joined.encode("ascii").translate(_FILLED), strict_mode=True))
    except (UnicodeEncodeError, Base64Error):
        return None
    whole = step // 4 * 3
    size = whole - fill
    if size not in TOKEN_BYTES or len(raw) != count * whole:
        return None
    for width in range(whole, size, -1):
        if raw[size::width].strip(b"\0"):
            return None
        del raw[size::width]
    return bytes(raw)


def tokens_text(blob: bytes, size: int) -> list[str]:
    """Return the texts of tokens of one size that stand one behind another: see `tokens_bytes`."""
    fill = -size % 3
    if not fill:
        raw: bytes | bytearray = blob
    elif len(blob) < _FEW_TOKENS * size:
        gap = bytes(fill)
        raw = gap.join([blob[at : at + size] for at in range(0, len(blob), size)]) + gap
    else:  # byte by byte: fewer steps
        raw = bytearray(len(blob) // size * (size + fill))
        for place in range(size):
            raw[place :: size + fill] = blob[place::size]
    letters = bytearray(_url64(raw))
    if not fill:
        step = size // 3 * 4
        text = letters.decode()
        return [text[at : at + step] for at in range(0, len(text), step)]
    # What the filling made becomes a line's end: to split is half of what slices cost.
    step = (size + fill) // 3 * 4
    if fill == 2:  # noqa: PLR2004 - two letters for two bytes
        del letters[step - 1 :: step]
        step -= 1
    letters[step - 1 :: step] = b"\n" * (len(letters) // step)
    return letters.decode().splitlines()


def token_text(value: Any, place: str) -> str:
    """Return a token's text: base64url without padding (RFC 4648, section 5)."""
    if value.__class__ is not bytes or len(value) not in TOKEN_BYTES:
        raise PackError(place, "not a token")
    return _base64url(value)


def _base64url(raw: bytes) -> str:
    return _url64(raw).rstrip(b"=").decode()


def _url64(raw: bytes | bytearray) -> bytes:
    return b2a_base64(raw, newline=False).translate(_URLSAFE)


def address_bytes(value: Any, place: str) -> Any:
    """Return the 4 or 16 bytes of an address, or a tuple of such for several."""
    if value.__class__ is str:
        parts = value.split(", ", MOST_ADDRESSES)
        raw = [_one_address(part, place) for part in parts]
        packed: Any = raw[0] if len(raw) == 1 else tuple(raw)
    else:
        packed = value
    address_text(packed, place)
    return packed


def _one_address(text: str, place: str) -> bytes:
    family = AF_INET6 if ":" in text else AF_INET
    try:
        raw = inet_pton(family, text)
        if inet_ntop(family, raw) == text:
            return raw
    except (OSError, ValueError):
        pass
    raise PackError(place, "not an address as inet_ntop writes it")


def address_text(value: Any, place: str) -> str:
    """Return the text of a packed address, or of several with commas between."""
    several = value.__class__ in (list, tuple)
    parts = value if several else [value]
    if (several and not 1 < len(parts) <= MOST_ADDRESSES) or not all(
        part.__class__ is bytes and len(part) in (V4_BYTES, V6_BYTES) for part in parts
    ):
        raise PackError(place, "not an address")
    families = {V4_BYTES: AF_INET, V6_BYTES: AF_INET6}
    return ", ".join(inet_ntop(families[len(part)], part) for part in parts)


# MessagePack specification, "Timestamp extension type": whole seconds from 1970 to 2106.
_STAMP = b"\xd6\xff\0\0\0\0"
_STAMPS: msgspec.msgpack.Decoder[list[datetime]] = msgspec.msgpack.Decoder(list[datetime])
_STAMP_BYTES = len(_STAMP)
_ENCODE = msgspec.msgpack.Encoder().encode
_ARRAY_32 = b"\xdd"


def seconds_of(times: Sequence[datetime]) -> bytes | None:
    """Return the seconds since 1970 of times in UTC, as planes of four bytes, the lowest first.

    msgspec writes such a time in six bytes that begin alike, a whole column in one call. None when
    one is not whole, or far away, or no time.
    """
    count = len(times)
    head = 1 if count <= 15 else 3 if count < 1 << 16 else 5  # noqa: PLR2004 - array heads
    data = _ENCODE(times)[head:]
    # What begins so is six bytes long: where every sixth byte is that, nothing else is among them.
    if len(data) != _STAMP_BYTES * count or data[::_STAMP_BYTES] != _STAMP[:1] * count:
        return None
    return b"".join([data[2 + place :: _STAMP_BYTES] for place in (3, 2, 1, 0)])


def times_at(planes: bytes) -> list[datetime]:
    """Return the times in UTC at some seconds since 1970: see `seconds_of`."""
    count = len(planes) // 4
    stamps = bytearray(_STAMP * count)
    for place in range(4):
        stamps[5 - place :: _STAMP_BYTES] = planes[place * count : (place + 1) * count]
    return _STAMPS.decode(_ARRAY_32 + count.to_bytes(4, "big") + stamps)


def to_scalar(value: Any, place: str) -> Any:
    """Return what MessagePack is given for a packed value."""
    if value is None:
        return Ext(NULL, b"")
    if value.__class__ is datetime:
        microseconds, offset = wall(value, place)
        if offset == 0:
            return value.replace(tzinfo=UTC)
        data = microseconds.to_bytes(8, "big", signed=True)
        return Ext(TIME, data if offset is None else data + offset.to_bytes(4, "big", signed=True))
    if value.__class__ is date:
        return Ext(DAY, (value.toordinal() - EPOCH_DAY).to_bytes(4, "big", signed=True))
    if value.__class__ is timedelta:
        return Ext(SPAN, (value // MICROSECOND).to_bytes(8, "big", signed=True))
    return value


def from_scalar(value: Any, place: str) -> Any:
    """Return the packed value behind what MessagePack gave; None for null, UNSET for absent."""
    if value is None:
        return UNSET
    if value.__class__ is not Ext:
        return value
    data = bytes(value.data)
    number = int.from_bytes(data[:8], "big", signed=True)
    made: Any = UNSET
    match value.code, len(data):
        case (1, 0):
            made = None
        case (2, 8):
            made = to_time(number, None, place)
        case (2, 12) if offset := int.from_bytes(data[8:], "big", signed=True):
            made = to_time(number, offset, place)
        case (3, 4):
            made = to_day(number, place)
        case (4, 8):
            made = timedelta(microseconds=number)
    if made is not UNSET:
        return made
    raise PackError(place, "an extension that the format does not have")


def wall(time: datetime, place: str) -> tuple[int, int | None]:
    """Return a time's local microseconds since 1970, and its offset in seconds or None.

    Local time, because its range is Python's own: an instant near the year 1 or 9999 may have none
    in UTC.

    Raises:
        PackError: The offset has parts of a second, which no zone has.
    """
    offset = time.utcoffset()
    seconds = None
    if offset is not None:
        seconds, fraction = divmod(offset, SECOND)
        if fraction:
            raise PackError(place, "a time with an offset of parts of a second")
    return (time.replace(tzinfo=None) - EPOCH) // MICROSECOND, seconds


def to_time(microseconds: int, offset: int | None, place: str) -> datetime:
    """Return the time for local microseconds and an offset in seconds.

    Raises:
        PackError: There is no such time.
    """
    try:
        time = EPOCH + timedelta(microseconds=microseconds)
        return time if offset is None else time.replace(tzinfo=timezone(timedelta(seconds=offset)))
    except (OverflowError, ValueError):
        pass
    raise PackError(place, "not a time")


def to_day(days: int, place: str) -> date:
    """Return the day that many days after 1970-01-01.

    Raises:
        PackError: There is no such day.
    """
    try:
        return date.fromordinal(days + EPOCH_DAY)
    except (OverflowError, ValueError):
        pass
    raise PackError(place, "not a day")
