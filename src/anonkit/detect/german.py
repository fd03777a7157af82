"""German numbers of persons and firms: tax, social insurance, papers, health, vehicles."""

# ruff: noqa: E501, SIM905 - a declaration and a list of words read best unbroken
from __future__ import annotations

from typing import Final

from anonkit.detect.checks import (
    compact,
    digits,
    icao_9303,
    mod_11_10,
    real_date,
    tax_id_de,
    weighted,
)
from anonkit.detect.detector import Detector, number, word


# VKVV § 2: area, birth date, initial, serial, check digit; weights 2 1 2 5 7 1 2 1 2 1 2 1 over the
# digits, the letter counting as its two-digit place in the alphabet, sums of digits, modulus 10.
def is_social_insurance(text: str) -> bool:
    """Check birth date and check digit of a German social insurance number."""
    code = compact(text)
    day, month = int(code[2:4]), int(code[4:6])
    # A number already taken gets 50 added to the day (VKVV § 2 (1) 2).
    if not real_date(2000, month, day - 50 if day > 50 else day):  # noqa: PLR2004
        return False
    values = digits(f"{code[:8]}{ord(code[8]) - 64:02}{code[9:11]}")
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(a * b, 10)) for a, b in zip(values, weights, strict=True))
    return total % 10 == int(code[11])


# § 290 SGB V and GKV-Spitzenverband, Richtlinie zur Krankenversichertennummer: Luhn-like with the
# letter as two digits, weights 1 2 1 2 …
def is_health_insurance(text: str) -> bool:
    """Check the check digit of the unchanging part of a German health insurance number."""
    code = compact(text)
    values = digits(f"{ord(code[0]) - 64:02}{code[1:9]}")
    total = sum(sum(divmod(a * b, 10)) for a, b in zip(values, (1, 2) * 5, strict=True))
    return total % 10 == int(code[9])


# BMF, Besteuerung: the Bundesschema begins with the two or four digits of the Land, then 0.
_LAND_OFFICES: Final = tuple("10 11 21 22 23 24 26 27 28 30 31 32 40 41 5 9".split())


def is_federal_tax_number(text: str) -> bool:
    """Check Land and the fixed 0 of a German tax number in the 13-digit federal form."""
    return text.startswith(_LAND_OFFICES) and text[4] == "0"


# KBV, Arztnummern-Richtlinie: weights 4 9 4 9 4 9, check digit 10 minus the sum modulus 10.
def is_doctor(text: str) -> bool:
    """Check the check digit of a German doctor's number (LANR)."""
    values = digits(text)
    return (10 - weighted(values[:6], (4, 9) * 3) % 10) % 10 == values[6]


GERMAN: Final = (
    Detector(
        name="de-tax-id",
        type="DE_TAX_ID",
        source="§ 139b AO; BZSt, Aufbau der Identifikationsnummer; ISO/IEC 7064 MOD 11,10",
        pattern=number(
            r"[1-9][0-9](?:[0-9]{9}|([ /])[0-9]{3}\1[0-9]{3}\1[0-9]{3}|[0-9]/[0-9]{3}/[0-9]{4}/[0-9])"
        ),
        check=tax_id_de,
        dense=True,
        specimen="26 954 371 827",
        false_friend="26 954 371 826 and 11112345678",
        priority=55,
    ),
    Detector(
        name="de-tax-id-announced",
        type="DE_TAX_ID",
        source="§ 139b AO; ISO/IEC 7064 MOD 11,10 (samples that break the rule of repeated digits)",
        pattern=number(r"[1-9][0-9](?:[0-9]{9}|([ /])[0-9]{3}\1[0-9]{3}\1[0-9]{3})"),
        check=lambda text: mod_11_10(compact(text)),
        words=(
            "steuer id",
            "steuerid",
            "identifikationsnummer",
            "idnr",
            "id nr",
            "tax id",
            "taxid",
            " tin ",
            "steuerliche",
        ),
        dense=True,
        specimen="Meine Steuer-ID: 12345678903.",
        false_friend="Steuer-ID 12345678904",
        priority=56,
    ),
    Detector(
        name="de-tax-number",
        type="DE_TAX_NUMBER",
        source="BMF, Besteuerung: Standardschema der Länder (FF/BBB/UUUUP, FFF/BBBB/UUUP, 0FF BBB UUUUP)",
        pattern=number(r"[0-9][0-9]{1,2}/[0-9]{3,4}/[0-9]{4,5}"),
        marks=("0/0/0",),
        specimen="StNr 181/815/08155",
        false_friend="12/24/2024 1181/815/08155",
    ),
    Detector(
        name="de-tax-number-federal",
        type="DE_TAX_NUMBER",
        source="BMF, Besteuerung: vereinheitlichtes Bundesschema (ELSTER), 13 digits",
        pattern=number(r"[0-9][0-9]{12}"),
        check=is_federal_tax_number,
        words=("steuer", "stnr", "st nr", "elster", "finanzamt", " tax"),
        dense=True,
        specimen="Steuernummer 2893081508152",
        false_friend="Zeit 2893081508152",
    ),
    Detector(
        name="de-social-insurance",
        type="DE_SOCIAL_SECURITY",
        source="VKVV § 2; Deutsche Rentenversicherung, Versicherungsnummer",
        pattern=word(r"[0-9][0-9] ?[0-9]{6} ?[A-Z] ?[0-9]{2} ?[0-9]"),
        check=is_social_insurance,
        dense=True,
        specimen="RVNR 15 070649 C 103",
        false_friend="15070649C100",
        priority=55,
    ),
    Detector(
        name="de-health-insurance",
        type="DE_HEALTH_INSURANCE",
        source="§ 290 SGB V; Krankenversichertennummer, unchanging part",
        pattern=word(r"[A-Z][0-9]{9}"),
        check=is_health_insurance,
        dense=True,
        specimen="KVNR A123456780",
        false_friend="A123456781",
    ),
    Detector(
        name="de-identity-card",
        type="DE_ID_CARD",
        source="PAuswV, Anlage; ICAO Doc 9303-3, 4.9 (serial number and check digit)",
        pattern=word(r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}[0-9]?"),
        check=lambda text: any(map(str.isdigit, text)) and (len(text) == 9 or icao_9303(text)),  # noqa: PLR2004
        words=("ausweis", "identity card", " id card", " pass ", "passport", "reisepass"),
        marks=("A0", "AAA"),
        hints=("ausweis", "card", "pass"),
        specimen="Personalausweis: L01X00T471",
        false_friend="Modell L01X00T47, Teil LMNPRTVWX",
    ),
    Detector(
        name="de-driving-licence",
        type="DE_FUEHRERSCHEIN",
        source="FeV, Anlage 8: sign of the authority, serial number, check digit, issue",
        pattern=word(r"[A-Z][0-9A-Z]{1,2}[0-9]{6,8}[0-9A-Z]{1,2}"),
        words=("f?hrerschein", "fuehrerschein", "licence", "license"),
        marks=("A0",),
        hints=("rerschein", "licen"),
        specimen="Führerschein Nr. B072RRE2I55 J01012345AB",
        false_friend="Bauteil B072123456A",
    ),
    Detector(
        name="de-vat-id",
        type="DE_VAT_ID",
        source="§ 27a UStG; BZSt; ISO/IEC 7064 MOD 11,10; VIES forms of the other member states",
        pattern=word(r"[Dd][Ee][ .]?[1-9][0-9]{2}[ .]?[0-9]{3}[ .]?[0-9]{3}"),
        check=lambda text: mod_11_10(compact(text)[2:]),
        dense=True,
        specimen="USt-IdNr. DE136695976",
        false_friend="DE136695977",
    ),
    Detector(
        name="de-vat-id-announced",
        type="DE_VAT_ID",
        source="§ 27a UStG (samples whose check digit fails, next to the word)",
        pattern=word(r"[Dd][Ee][ .]?[0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{3}"),
        words=(" ust", "umsatzsteuer", " vat", "mwst"),
        dense=True,
        specimen="VAT: DE123456789",
        false_friend="Artikel DE123456789",
    ),
    Detector(
        name="de-doctor-number",
        type="DE_LANR",
        source="KBV, Arztnummern-Richtlinie (lebenslange Arztnummer)",
        pattern=number(r"[0-9][0-9]{8}"),
        check=is_doctor,
        words=("lanr", "arztnummer", "arzt nr"),
        dense=True,
        specimen="LANR: 123456601",
        false_friend="LANR: 123456701",
    ),
    Detector(
        name="de-commercial-register",
        type="DE_HANDELSREGISTER",
        source="HRV § 13: section A or B and the number",
        pattern=word(r"[H]R[AB] ?[0-9]{2,6}(?: ?[A-Z]{1,2})?"),
        marks=("AAA0", "AAA 0"),
        specimen="Amtsgericht München HRB 123456",
        false_friend="HRC 123456 XHRB 1",
    ),
    Detector(
        name="de-licence-plate",
        type="DE_KFZ",
        source="FZV § 9 and Anlage 1: district, letters, number, with a hyphen after the district",
        pattern=word(r"[A-ZÄÖÜ][A-ZÄÖÜ]{0,2}-[A-Z]{1,2}[ -][1-9][0-9]{0,3}[HE]?"),
        words=("kennzeichen", "kfz", " plate", "fahrzeug", " pkw "),
        marks=("-A0", "-AA0", "-A-0", "-AA-0", "-A 0", "-AA 0"),
        specimen="Kennzeichen: HH-AB 1234",
        false_friend="Norm DE-AB 12",
    ),
)
