"""The words of a language: what notices say, as data, one TOML file per language.

A catalogue of one's own beside a policy (`acme.toml`, `acme.de.toml`) adds names, purposes and
reasons, or says them otherwise. What no catalogue says is said by its identifier or by the policy
itself, and listed in `missing`, so that nobody takes half a translation for a whole one.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

from anonkit.errors import PolicyError
from anonkit.policy.document import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("de", "en")
# What a catalogue of one's own may say; the frames of a notice are ours, and a test reads them.
OWN = ("purpose", "record", "field", "reason", "name")

_COMMAS = str.maketrans(",.", ".,")

# The one rule with a name in it: `layout.py`.
_OF_FORMAT_SAID = "not a line of the {format} format"
_OF_FORMAT = re.compile("not a line of the (.+) format")


class Wording:
    """What is said in one language.

    Args:
        lang: `de` or `en`.
        own: The text of a catalogue of one's own, TOML.
        source: What errors call it.

    Raises:
        PolicyError: There is no such language, or the catalogue has a word it cannot have.
    """

    def __init__(self, lang: str, own: str = "", *, source: str = "wording") -> None:
        if lang not in LANGUAGES:
            raise PolicyError("lang", "no such language", hint=f"one of: {', '.join(LANGUAGES)}")
        self.lang = lang
        self.missing: list[str] = []
        text = files(__package__).joinpath("wording", f"{lang}.toml").read_text(encoding="utf-8")
        self._said: dict[str, dict[str, str]] = tomllib.loads(text)
        for section, said in _own(own, source).items():
            self._said[section] = self._said.get(section, {}) | said

    def frame(self, section: str, key: str, /, **values: object) -> str:
        """Return a sentence of ours, with its gaps filled."""
        return self._said[section][key].format(**values)

    def number(self, number: float) -> str:
        """Return a number, in groups of three digits."""
        said = f"{number:,}"
        return said.translate(_COMMAS) if self.lang == "de" else said

    def share(self, share: float) -> str:
        """Return a share in percent."""
        return f"{100 * share:.1f} %".replace(".", ",") if self.lang == "de" else f"{share:.1%}"

    def policy_name(self, name: str) -> str:
        """Return what a policy is called."""
        return self._said.get("name", {}).get(name, name)

    def name(self, section: str, identifier: str, within: str = "") -> str:
        """Return the name of a `purpose`, `record` or `field`; without one, its identifier.

        Args:
            section: Which of the three.
            identifier: As the policy writes it.
            within: The record of a field: `add_in_use.host` comes before `host`.
        """
        names = self._said[section]
        said = names.get(f"{within}.{identifier}", names.get(identifier))
        if said is None:
            said = identifier.replace("_", " ")
            if self.lang != "en":
                self._miss(f"{section}.{identifier}")
        return said

    def reason(self, reason: str) -> str:
        """Return a reason in this language; without a translation, as the policy has it."""
        if not reason or self.lang == "en":
            return self._said["reason"].get(reason, reason)
        if reason not in self._said["reason"]:
            self._miss(f'reason."{reason}"')
        return self._said["reason"].get(reason, reason)

    def rule(self, told: str) -> str:
        """Return by which rule something was withheld, behind its place, which stays as it is."""
        *place, rule = told.split(": ")
        said = self._said["rule"]
        if match := _OF_FORMAT.fullmatch(rule):
            rule = said.get(_OF_FORMAT_SAID, _OF_FORMAT_SAID).format(format=match[1])
        return ": ".join((*place, said.get(rule, rule)))

    def _miss(self, key: str) -> None:
        if key not in self.missing:
            self.missing.append(key)


def _own(text: str, source: str) -> Mapping[str, dict[str, str]]:
    """Return a catalogue of one's own, checked word by word."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(source, f"not TOML: {error}") from None
    for section, entries in said.items():
        if section not in OWN:
            raise PolicyError(f"{source}: {section}", "unknown word", hint=nearest(section, OWN))
        if not isinstance(entries, dict) or not all(isinstance(v, str) for v in entries.values()):
            raise PolicyError(f"{source}: {section}", "is a table of texts")
    return said
