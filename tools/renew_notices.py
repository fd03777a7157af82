"""Write the notices in `docs/notices/` anew; a test tells when it is due."""

from pathlib import Path

from anonkit import Policy
from anonkit.explain import LANGUAGES, Wording, markdown, notice
from anonkit.policy.document import presets

NOTICES = Path(__file__).parent.parent / "docs" / "notices"

if __name__ == "__main__":
    for name in presets():
        for lang in LANGUAGES:
            page = notice(Policy.preset(name), Wording(lang))
            (NOTICES / f"{name}.{lang}.md").write_text(markdown(page), encoding="utf-8")
