"""Payment cards, bank accounts and crypto-currency addresses."""

# ruff: noqa: E501, SIM905 - a declaration and a list of words read best unbroken
from __future__ import annotations

import re
from typing import Final

from anonkit.detect.checks import (
    base58check,
    bech32,
    compact,
    luhn,
    mod_97,
    monotonous,
    only_digits,
    ripple58check,
)
from anonkit.detect.detector import Detector

# ISO/IEC 7812-1 issuer identification: the schemes' own published ranges (first digits, from, to)
# and lengths. Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Maestro,
# Mir, RuPay, UATP; 1800 and 2131 are JCB's of old.
_ISSUERS: Final = (
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("6011", "6011", (16, 17, 18, 19)),
    ("644", "659", (16, 17, 18, 19)),
    ("300", "305", (14, 16, 17, 18, 19)),
    ("3095", "3095", (14, 16, 17, 18, 19)),
    ("36", "36", (14, 15, 16, 17, 18, 19)),
    ("38", "39", (14, 16, 17, 18, 19)),
    ("3528", "3589", (16, 17, 18, 19)),
    ("62", "62", (16, 17, 18, 19)),
    ("81", "82", (16, 17, 18, 19)),
    ("50", "50", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("56", "58", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("60", "69", (16, 18, 19)),
    ("2200", "2204", (16, 17, 18, 19)),
    ("1", "1", (15,)),
    ("2131", "2131", (15,)),
)


_BY_FIRST: Final = {
    first: tuple(row for row in _ISSUERS if row[0][0] == first) for first in "12345678"
}


def is_card(text: str) -> bool:
    """Check issuer range, length and check digit of a payment card number."""
    number = only_digits(text)
    for low, high, lengths in _BY_FIRST[number[0]]:
        if low <= number[: len(low)] <= high and len(number) in lengths:
            return luhn(number)
    return False


# SWIFT, IBAN Registry, release 99 (December 2024): length by country; the second block are the
# countries that use the form without being registered.
IBAN_LENGTHS: Final = dict(
    pair.split(":")
    for pair in (
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28 "
        "CZ:24 DE:22 DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23 "
        "GL:18 GR:27 GT:28 HN:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 "
        "LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MN:20 MR:27 MT:31 MU:30 NI:28 "
        "NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24 SC:31 SD:18 SE:24 "
        "SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30 "
        "AO:25 BF:28 BJ:28 CF:27 CG:27 CI:28 CM:27 CV:25 DZ:26 GA:27 GQ:27 GW:25 IR:26 KM:27 MA:28 "
        "MG:27 ML:28 MZ:25 NE:28 SN:28 TD:27 TG:28"
    ).split()
)


def is_iban(text: str) -> bool:
    """Check country, length and check digits of an international bank account number."""
    number = compact(text)
    return IBAN_LENGTHS.get(number[:2]) == str(len(number)) and mod_97(number[4:] + number[:4])


# In groups of four, of lengths that four divides: what follows may look like one more group.
_WHOLE_GROUPS: Final = "|".join(
    rf"(?<={one})[0-9]{{2}}(?:[ \u00a0\u202f][0-9A-Z]{{4}}){{{int(length) // 4 - 1}}}"
    for length, one in (
        (length, "|".join(code for code, size in IBAN_LENGTHS.items() if size == length))
        for length in ("16", "20", "24", "28", "32")
    )
)


_ENCODED_GAP: Final = re.compile(r"\+|%20|%2[dD]|-")


def is_encoded_card(text: str) -> bool:
    """Check a payment card number whose blanks are encoded as in a form."""
    return is_card(_ENCODED_GAP.sub("", text))


def is_encoded_iban(text: str) -> bool:
    """Check an account number whose blanks are encoded as in a form."""
    return is_iban(_ENCODED_GAP.sub("", text))


MONEY: Final = (
    Detector(
        name="payment-card",
        type="CREDIT_CARD",
        source="ISO/IEC 7812-1: issuer ranges published by the schemes, length, Luhn",
        pattern=r"[1-8](?<![0-9A-Za-z][0-9])(?<![0-9][.][0-9])[0-9]{3}"
        r"(?:[0-9]{8,12}|(?<!_[0-9]{4})(?<!_-[0-9]{4})[0-9]{13,15}|([ .\u00a0\u202f-])[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}"
        r"|([ -])[0-9]{6}\2[0-9]{4,5}|[0-9]{4} [0-9]{8})"
        r"(?![0-9A-Za-z]|[.][0-9])",
        check=is_card,
        dense=True,
        specimen="card 4111 1111 1111 1111.",
        false_friend="order 4111 1111 1111 1112 and 4111111111111111.5 blk_6491424745418112176",
        priority=60,
    ),
    Detector(
        name="card-track",
        type="CREDIT_CARD",
        source="ISO/IEC 7813, track 1: %B, number, name, expiry",
        pattern=r"[%]B(?P<value>[0-9]{12,19}\^[^^\n\0]{2,26})(?=\^[0-9]{4})",
        marks=("%A0",),
        hints=("%b0",),
        specimen="swiped %B4111111111111111^DOE/JANE^2712101000?",
        false_friend="%B4111111111111111 %B12^DOE/JANE^2712",
        priority=61,
    ),
    Detector(
        name="bank-account-announced",
        type="BANK_ACCOUNT",
        source="Forms of banks before and beside ISO 13616: an account number behind its label",
        pattern=r"[0-9](?<![0-9A-Za-z.:,_/+-][0-9])[0-9]{6,17}(?![0-9A-Za-z]|[.,:/-][0-9])",
        words=(
            "kontonummer",
            "kontonr",
            "bank account",
            "account number",
            "account no ",
            "acct no ",
            "num?ro de compte",
            "numero di conto",
            "n?mero de cuenta",
            "rekeningnummer",
        ),
        dense=True,
        specimen="Kontonummer 0532013000, BLZ 37040044",
        false_friend="transfer 0532013000 done",
        priority=28,
    ),
    Detector(
        name="payment-card-announced",
        type="CREDIT_CARD",
        source="ISO/IEC 7812-1: length 12 to 19 and Luhn, of an issuer that is on no list, next to the word",
        pattern=r"[0-9](?<![0-9A-Za-z][0-9])(?<![0-9][.][0-9])[0-9]{3}"
        r"(?:[0-9]{8,15}|([ .\u00a0\u202f-])[0-9]{4}\1[0-9]{4}\1[0-9]{1,7})(?![0-9A-Za-z]|[.][0-9])",
        check=lambda text: luhn(text) and not monotonous(text),
        words=(
            " card ",
            " card?",
            " cards ",
            "creditcard",
            "kreditkarte",
            "kartennummer",
            " karte ",
            " cc ",
            "carte bancaire",
            "tarjeta",
            " debit",
        ),
        dense=True,
        specimen="my card 6304 2737 3398 and Kreditkarte 3522235032377454",
        false_friend="card 3522235032377455 is expired and will be replaced by us, order 3522235032377454",
        priority=36,
    ),
    Detector(
        name="iban",
        type="IBAN",
        source="ISO 13616-1 and SWIFT IBAN Registry: length by country, MOD 97-10",
        pattern=r"[A-Za-z](?<![0-9A-Za-z][A-Za-z])[A-Za-z][0-9]{2}"
        r"(?:[0-9A-Za-z]{11,30}|([ \u00a0\u202f-])(?:[0-9A-Za-z]{4}\1){2,7}[0-9A-Za-z]{1,4})(?![0-9A-Za-z])",
        check=is_iban,
        dense=True,
        specimen="IBAN: DE89 3704 0044 0532 0130 00",
        false_friend="IBAN: DE88 3704 0044 0532 0130 00, XX89370400440532013000",
        priority=70,
    ),
    Detector(
        name="iban-before-word",
        type="IBAN",
        source="ISO 13616-1 and SWIFT IBAN Registry, in groups of four as printed; a short word or number follows",
        pattern=rf"[A-Z](?<![0-9A-Za-z][A-Z])[A-Z](?:{_WHOLE_GROUPS})(?=[ \u00a0\u202f][0-9A-Za-z]{{1,4}}(?![0-9A-Za-z]))",
        check=is_iban,
        dense=True,
        specimen="cuenta ES91 2100 0418 4502 0005 1332 del cliente",
        false_friend="cuenta ES92 2100 0418 4502 0005 1332 del cliente",
        priority=69,
    ),
    Detector(
        name="payment-card-encoded",
        type="CREDIT_CARD",
        source="ISO/IEC 7812-1 in a form: WHATWG URL, 5.2 (a blank is + or %20)",
        pattern=r"[1-8](?<![0-9A-Za-z%][0-9])[0-9]{3}(?=[+%])(\+|%20)[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}(?![0-9A-Za-z])",
        check=is_encoded_card,
        marks=("0+0", "0%0"),
        hints=("0000+0000+0000+0", "0000%000000%000000%000"),
        specimen="card=4111+1111+1111+1111&x=1, card=4111%201111%201111%201111",
        false_friend="sum=4111+1111+1111+1112",
        priority=60,
    ),
    Detector(
        name="iban-encoded",
        type="IBAN",
        source="ISO 13616-1 in a form: WHATWG URL, 5.2 (a blank is + or %20)",
        pattern=r"[A-Z](?<![0-9A-Za-z%][A-Z])[A-Z][0-9]{2}(?=[+%])(\+|%20)(?:[0-9A-Za-z]{4}\1){2,7}[0-9A-Za-z]{1,4}(?![0-9A-Za-z])",
        check=is_encoded_iban,
        marks=("AA0+", "AA0%0"),
        specimen="iban=DE89+3704+0044+0532+0130+00&x=1",
        false_friend="iban=DE88+3704+0044+0532+0130+00",
        priority=70,
    ),
    Detector(
        name="crypto-note",
        type="CRYPTO",
        source="Monero, Standard addresses (95 characters of Base58); Bitcoin Cash, CashAddr (42 with prefix)",
        pattern=r"[48b](?<![0-9A-Za-z][48b])(?:(?<=[48])[0-9AB][1-9A-HJ-NP-Za-km-z]{93}|itcoincash:[qp][02-9ac-hj-np-z]{41})(?![0-9A-Za-z])",
        marks=("0",),
        long=42,
        specimen="44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
        false_friend="bitcoincash:q 44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7S",
    ),
    Detector(
        name="bitcoin-legacy",
        type="CRYPTO",
        source="Bitcoin Wiki, Base58Check encoding (versions 0 and 5); Litecoin, Dogecoin, Dash, TRON, Zcash",
        pattern=r"[123mnLMDXT9At](?<![0-9A-Za-z][0-9A-Zmnt])[1-9A-HJ-NP-Za-km-z]{25,34}(?![0-9A-Za-z])",
        check=lambda text: any(map(str.isdigit, text)) and base58check(text),
        marks=("0",),
        long=26,
        specimen="to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa now",
        false_friend="to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb now",
    ),
    Detector(
        name="bitcoin-segwit",
        type="CRYPTO",
        source="BIP 173 and BIP 350 (Bech32, Bech32m): Bitcoin, Litecoin, Cardano",
        pattern=r"[bBlLaA](?<![0-9A-Za-z][A-Za-z])(?i:c1|tc1|ddr1)[0-9A-Za-z]{25,100}(?![0-9A-Za-z])",
        check=bech32,
        marks=("0",),
        hints=("bc0", "ltc0", "addr0"),
        long=28,
        specimen="bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        false_friend="bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    ),
    Detector(
        name="ethereum",
        type="CRYPTO",
        source="Ethereum Yellow Paper, 4.1; the EIP-55 capitals are not checked: a mistyped address "
        "still points to its owner",
        pattern=r"[0](?<![0-9A-Za-z]0)[xX][0-9A-Fa-f]{40}(?![0-9A-Za-z])",
        check=lambda text: len(set(text[2:])) > 1,
        marks=("0",),
        hints=("0x",),
        long=42,
        specimen="0x88dA6B6a8D3590e88E0FcadD5CEC56A7C9478319",
        false_friend="0xDEADBEEF 0x0000000000000000000000000000000000000000",
    ),
    Detector(
        name="ripple",
        type="CRYPTO",
        source="XRP Ledger, Base58 Encodings (account addresses)",
        pattern=r"[r](?<![0-9A-Za-z]r)[1-9A-HJ-NP-Za-km-z]{24,34}(?![0-9A-Za-z])",
        check=lambda text: any(map(str.isdigit, text)) and ripple58check(text),
        marks=("0",),
        long=25,
        specimen="rDTXLQ7ZKZVKz33zJbHjgVShjsBnqMBhmN",
        false_friend="rDTXLQ7ZKZVKz33zJbHjgVShjsBnqMBhmM",
    ),
)
