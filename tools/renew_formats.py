"""Write the table of docs/formats.md anew; a test tells when it is due."""

import re
from pathlib import Path

from anonkit.parse.formats import FORMATS

PAGE = Path(__file__).parent.parent / "docs" / "formats.md"
HEAD = "| format | policy | what it is | can be cut | grammar |\n| --- | --- | --- | --- | --- |\n"


def table() -> str:
    """Return the rows, one for each format."""
    return "".join(
        f"| `{form.name}` | `{form.preset}` | {form.about} | {form.split} | <{form.source}> |\n"
        for form in FORMATS.values()
    )


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEAD)
    behind = re.sub(r"\A(?:\|.*\n|FORMATS\n)*", "", rest)
    PAGE.write_text(f"{before}{HEAD}{table()}{behind}", encoding="utf-8")
