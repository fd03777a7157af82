"""Pages read back: that tags nest, what they are, and what they load."""

from __future__ import annotations

from html.parser import HTMLParser


class Outline(HTMLParser):
    """Reads a page: that tags nest, what they are, and what they load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag in."""
        self.seen.append(tag)
        self.loads += [str(v) for k, v in attrs if k in ("src", "href", "srcset", "data", "action")]
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Take an end in: it ends what was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Take text in."""
        self.text += data
