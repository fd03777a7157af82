"""Explain: what leaves, for those who decide and do not read Python."""

from anonkit.explain.notice import notice
from anonkit.explain.page import html, markdown
from anonkit.explain.wording import LANGUAGES, Wording

__all__ = ["LANGUAGES", "Wording", "html", "markdown", "notice"]
