"""The page that documents every detector, written from the declarations.

`python -m anonkit.detect.describe > docs/detectors.md` writes it; a test keeps it current.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from anonkit.detect.table import DETECTORS, SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.detect.detector import Detector

_HEAD: Final = """\
# Detectors

What `scrub` finds, and by which rule. This page is written from the declarations
(`python -m anonkit.detect.describe`); a test keeps it current. How much of real text they find, and
what they miss, is in [limits](limits.md#scrub).

A **found** text is one in which the detector finds something; a **left** text is one that looks
alike and stays. *Announced* detectors need a word next to the value; *checked* ones prove it with
check digits, ranges or a checksum.
"""


_OWN: Final = """
## Your own

A detector is one declaration. It is held to the rules of ours before it runs: it finds its specimen
and leaves its false friend, its pattern is bounded, begins with a class or a literal, stays on one
line, and repeats no repeat. What you pass is all that runs, so name the built-in ones too.

```python
from anonkit import AnonkitError
from anonkit.detect import Detector, Scrubber
from anonkit.detect.table import DETECTORS

ours = {
    "name": "order-number",
    "type": "ORDER",
    "source": "our order desk, 2024",
    "check": lambda value: value != "AB-0000",
    "specimen": "order AB-1234",
    "false_friend": "AB-12 AB-0000",
}
order = Detector(**ours, pattern=r"[A]B-[0-9]{4,8}(?![0-9])")
clean = Scrubber([*(row.name for row in DETECTORS if row.default), order])
print(clean("AB-1234 of jo@example.org"))

try:
    Scrubber([Detector(**ours, pattern=r"AB-.*")])
except AnonkitError as error:
    print(error)
```

```text
[ORDER] of [EMAIL]
detector order-number: pattern has an open repeat (*, + or {n,})
```

A check that raises has not shown that a value is harmless, so the value goes; of a finder that
raises, the line. Values of an application need no detector: give them as `known`.
"""


def page() -> str:
    """Return the documentation of all detectors as Markdown."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    types = {detector.type for detector in DETECTORS}
    yield f"\nThere are {len(DETECTORS)} detectors of {len(types)} types.\n"
    for title, rows in SUBJECTS:
        yield f"\n## {title}\n\n| detector | type | rule | found | left |\n"
        yield "| --- | --- | --- | --- | --- |\n"
        for row in rows:
            yield _row(row)
    yield _OWN


def _row(row: Detector) -> str:
    kinds = [
        *(["announced"] if row.words else []),
        *(["checked"] if row.check or row.finder else []),
    ]
    rule = row.source + (f" ({', '.join(kinds)})" if kinds else "")
    cells = (
        f"`{row.name}`",
        f"`{row.type}`",
        _plain(rule),
        _code(row.specimen),
        _code(row.false_friend),
    )
    return f"| {' | '.join(cells)} |\n"


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    """Return a text as code in a table cell: short, on one line, without what ends cells."""
    line = text.replace("\n", "⏎").replace("|", "¦").replace("`", "'")
    return f"`{line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'}`"


_LONGEST: Final = 72


if __name__ == "__main__":
    sys.stdout.write(page())
