"""Free text that was labelled before the detectors were read: how much goes, and what stays."""

from __future__ import annotations

import re
from pathlib import Path

from anonkit import scrub

FOLDER = Path(__file__).parent.parent / "vectors" / "free_text"


def lines(name: str) -> list[str]:
    """Return the texts of a file."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [line.replace("⏎", "\n") for line in text.split("\n") if line and line[:2] != "# "]


def test_most_of_what_names_somebody_goes() -> None:
    """Of the values labelled in mails, chats, logs and settings, five in six are gone."""
    gone = total = 0
    for line in lines("found.txt"):
        clean = scrub(re.sub("[⟦⟧]", "", line))
        values = re.findall("⟦(.*?)⟧", line)
        total += len(values)
        gone += sum(clean.count(value) < line.count(value) for value in values)
    assert total > 340
    assert gone / total > 5 / 6


def test_text_that_names_nobody_stays() -> None:
    """Of the texts that only look so, one in fifty changes at most."""
    texts = lines("left.txt")
    changed = [text for text in texts if scrub(text) != text]
    assert len(texts) > 390
    assert len(changed) / len(texts) < 1 / 50, changed
