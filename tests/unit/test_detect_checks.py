"""Check digits and checksums against samples that standards and issuers publish."""

from __future__ import annotations

import pytest

from anonkit.detect import checks, german, hardware, identity, money, network, phones
from anonkit.detect.values import is_filled_in, is_random, is_value


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.luhn, "79927398713", "79927398714"),
        (checks.verhoeff, "2363", "2364"),
        (checks.mod_11_2, "11010519491231002X", "110105194912310021"),
        (checks.mod_11_10, "86095742719", "86095742718"),
        (checks.social_security_us, "123-45-6780", "666-45-6780"),
        (checks.social_security_us, "899-45-6780", "900-45-6780"),
        (checks.social_security_us, "219-09-9998", "219-09-9999"),
        (checks.itin_us, "911-70-1234", "911-49-1234"),
        (checks.tax_id_de, "86095742719", "86095742718"),
        (checks.tax_id_de, "26954371827", "11123456785"),
        (checks.icao_9303, "L01X00T471", "L01X00T472"),
        (
            checks.base58check,
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        ),
        (checks.base58check, "1111111111111111111114oLvT2", "0OIl"),
        (checks.bech32, "A12UEL5L", "A12UEL5l"),
        (checks.bech32, "a1lqfn3a", "a1lqfn3b"),
        (
            checks.bech32,
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            "split1bio",
        ),
        (checks.base64_json, "eyJhbGciOiJub25lIn0", "eXJust"),
        (checks.base64_json, "eyJhbGciOiJub25lIn0.x", "e.x"),
        (german.is_social_insurance, "65070803A019", "65070803A012"),
        (german.is_social_insurance, "15570649C103"[:2] + "070649C103", "15990649C103"),
        (german.is_health_insurance, "A123456780", "A123456781"),
        (german.is_doctor, "123456601", "123456701"),
        (money.is_iban, "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
        (money.is_card, "378282246310005", "378282246310006"),
        (identity.is_fi, "131052-308T", "131052-308U"),
        (identity.is_se, "811228-9874", "811228-9875"),
        (identity.is_se, "19701063-2391"[:0] + "701063-2391", "701093-2391"),
        (identity.is_es, "12345678Z", "12345678A"),
        (identity.is_es, "X9613851N", "X9613851Q"),
        (identity.is_it, "RSSMRA85T10A562S", "RSSMRA85T10A562T"),
        (identity.is_pl, "44051401458", "44051401459"),
        (identity.is_be, "85.07.30-033.28", "85.07.30-033.29"),
        (identity.is_fr, "255081416802538", "255081416802539"),
        (identity.is_cn, "11010519491231002X", "11010519491331002X"),
        (identity.is_tr, "10000000146", "10000000156"),
        (identity.is_no, "01010750160", "01010750161"),
        (identity.is_br, "529.982.247-25", "111.111.111-11"),
        (identity.is_br_firm, "11.222.333/0001-81", "11.222.333/0001-80"),
        (identity.is_baltic, "37605030299", "37605030298"),
        (identity.is_baltic, "33309240064", "33309240063"),
        (identity.is_ro, "1800101221144", "9800101221144"),
        (identity.is_sg, "S2740116C", "S2740116D"),
        (identity.is_sg, "M4332674T", "M4332674X"),
        (identity.is_ie, "1234567FA", "1234567A"),
        (identity.is_ie, "1234567TW", "1234567AW"),
        (identity.is_za, "8001015009087", "8001015009086"),
        (identity.is_th, "2345678901234", "2345678901235"),
        (identity.is_ch, "756.9217.0769.85", "756.9217.0769.86"),
        (identity.is_cz, "736028/5163", "736028/5164"),
        (identity.is_kr, "960121-1021413", "960121-0021413"),
        (identity.is_au_abn, "51824753556", "51824753557"),
        (identity.is_npi, "1234567893", "1111111112"),
        (identity.is_dea, "BB1388568", "BB1388569"),
        (identity.is_gstin_state, "97ABCDE1234F1Z5", "38ABCDE1234F1Z5"),
        (network.is_ipv4, "192.168.001.001", "1.2.3.04"),
        (network.is_ipv4, "255.255.255.0", "255.255.255.255"),
        (network.is_ipv4, "10.0.0.1", "0.1.2.3"),
        (network.is_ipv6, "::ffff:192.0.2.1", "::1"),
        (network.is_ipv6, "ffff:ffff:ffff:ffff::", "dead::beef"),
        (network.is_ipv6, "2001:db8::", "2001:db8:::1"),
        (hardware.is_mac, "00-1A-2B-3C-4D-5E", "00:00:00:00:00:00"),
        (hardware.is_mac, "02:00:00:00:00:00:00:01", "02:00:00:00:00:00:01"),
        (hardware.is_mac, "01:00:50:56:13:60:56", "02:00:50:56:13:60:56"),
        (network.is_public_host, "203-0-113-25", "192-168-1-1"),
        (phones.is_international, "+4930123456", "+0930123456"),
        (phones.is_international, "0049 (0)30 123456", "+49123"),
        (phones.is_international, "+3851234567", "+99912345678"),
        (phones.is_trunk, "0171 1234567", "01.02.2024 1"),
        (phones.is_announced, "555 1234567", "2024-01-02"),
        (is_filled_in, "ghp_a1", "ghp_" + "x" * 36),
        (is_value, "hunter2", "${DB_PASSWORD}"),
        (is_value, "correct horse", "expired"),
        (is_value, "s3cret", "****"),
        (is_random, "4f9Tz0QmX71kLd2b", "/var/run/secrets"),
        (is_random, "abcdef0123456789", "authenticate"),
        (is_random, "aaaa1111bbbb2222cccc3333dddd4444", "11111111"),
        (is_random, "a1B2c3D4", "a1b2"),
    ],
)
def test_check(check: checks.Check, good: str, bad: str) -> None:  # type: ignore[name-defined]
    """A check accepts the published sample and refuses it with one fault."""
    assert check(good)
    assert not check(bad)


def test_ripple_alphabet() -> None:
    """XRP Ledger addresses use their own order of characters."""
    assert checks.ripple58check("rDTXLQ7ZKZVKz33zJbHjgVShjsBnqMBhmN")
    assert not checks.base58check("rDTXLQ7ZKZVKz33zJbHjgVShjsBnqMBhmN")


def test_iban_lengths_cover_the_registry() -> None:
    """Every entry of the length table is a country code and a length ISO 13616 allows."""
    assert all(
        len(land) == 2 and 15 <= int(length) <= 34 for land, length in money.IBAN_LENGTHS.items()
    )
    assert len(money.IBAN_LENGTHS) > 100


@pytest.mark.parametrize(
    ("address", "cut"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "::ffff:203.0.113.0"),
        ("2002:cb00:714d:1::1", "2002:cb00:7100::"),
        ("fe80::1%eth0", "fe80::"),
        ("nobody", ""),
    ],
)
def test_truncated_address(address: str, cut: str) -> None:
    """An address keeps its network, also where IPv6 carries IPv4."""
    assert network.truncated(address) == cut
    assert not cut or network.truncated(cut) == cut
