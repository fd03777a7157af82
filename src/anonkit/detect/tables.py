"""Names in tables that mails, pages and tickets hold: beside a heading for names, or an address."""

# ruff: noqa: E501 - a declaration reads best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import Detector
from anonkit.detect.names import FULL_NAME, NAME_PART, is_name, name_before

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADING: Final = (
    r"(?i:(?:full |contact |customer |user )?name|(?:first|last|given|family) name|surname|vorname|nachname"
    r"|ansprechpartner(?:in)?|contact|nom|prénom|nombre|apellidos?)"
)
# `<td>Name</td><td>Jane Doe</td>`, `| Name | Jane Doe |`, `Name<TAB>Jane Doe`, or on the next line.
_BESIDE: Final = re.compile(
    rf"^(?:[^\n<]{{0,40}}(?:<tr[^<>\n]{{0,80}}>)?[ ]?<t[dh][^<>\n]{{0,80}}>[ ]?|[|>* \t]{{0,8}}){_HEADING}:?"
    r"(?:[ ]?</t[dh]>[ ]?<td[^<>\n]{0,80}>[ ]?|[ ]{0,20}\|[ ]?|[ ]?\t[ ]?|[ ]?\r?\n[ >]{0,8})"
    rf"(?P<value>{FULL_NAME}|(?<=\n){NAME_PART})(?=[ ]{{0,40}}(?:</td>|\||\t|\r?\n|\Z))",
    re.MULTILINE,
)
# A cell behind a name, with an address: `Jane Doe | jane@example.org`, `"Jane Doe","jane@example.org"`.
# Read backwards, from `@`.
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}[\"']?(?:>[^<>\n]{0,80}dt<)?[ ]{0,20}[|,;\t>]").match
_LONGEST_CELL: Final = 180


def find_beside_headings(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names in cells beside or right below a heading for names."""
    for match in _BESIDE.finditer(text):
        if is_name(match["value"]):
            yield match.span("value")


def find_beside_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield the names in cells before one that holds an e-mail address."""
    at = text.find("@")
    while at >= 0:
        cell = _ADDRESS(text[max(0, at - _LONGEST_CELL) : at][::-1])
        name = cell and name_before(text, at - cell.end())
        if name:
            yield name
        at = text.find("@", at + 1)


TABLES: Final = (
    Detector(
        name="name-in-cell",
        type="PERSON",
        source="Tables of HTML, Markdown and spreadsheets pasted into mails: a heading for names, a name in the next cell",
        finder=find_beside_headings,
        opens=(
            "name", "full name", "first name", "last name", "given name", "family name", "contact", "customer name",
            "user name", "surname", "vorname", "nachname", "ansprechpartner", "nom", "pr?nom", "apellido",
            "<tr", "<td", "<th",
        ),
        gate=r"(?:name|contact|ansprechpartner|ansprechpartnerin|nom|nombre|apellido|apellidos):? {0,20}(?:</t|[|\t\r\n])",
        across=True,
        specimen="<tr><td>Name</td><td>Ivan Petrovic</td></tr>\nName\tRuth Alderman\nFirst name\nBeatriz\n",
        false_friend="| Name | Job Title |\n<td>Name</td><td>Status</td>\nName\nSize\nDate",
        priority=40,
    ),
    Detector(
        name="name-beside-address",
        type="PERSON",
        source="RFC 4180 and tables of mails: a name in the cell before an e-mail address",
        finder=find_beside_addresses,
        marks=("@",),
        hints=("@",),
        gate=r"[|,;\t>] {0,20}(?:<td[^<>\n]{0,80}>)?[\"']?[0a-z?_.+-]{1,64}@",
        specimen="| Ruth Alderman | ruth@example.com |",
        false_friend="| Acme Support | support@example.com | Name, jo@example.com",
        priority=40,
    ),
)  # fmt: skip
