"""Lines that go on with the message before them: stack traces, and what is printed indented."""

from __future__ import annotations

import re

# The headlines of the JVM, Python, .NET, Node.js, PHP, Ruby and Go; frames are indented.
_GOES_ON = re.compile(
    r"(?P<indent>[ \t]++)(?P<text>.+)"
    r"|(?P<headline>(?:Caused by|Suppressed): .+|Traceback \(most recent call last\):"
    r"|(?:During handling of the above exception|The above exception was the direct cause) .+"
    r"|(?:Exception in thread .{1,200} |Unhandled exception\. |Uncaught |panic: )?"
    r"[A-Za-z_$][\w.$\\]{0,200}(?:Exception|Error|Interrupt|Warning)(?:: .*)?"
    r"|panic: .+|goroutine [0-9]{1,9} \[[^\]]{1,80}\]:|#[0-9]{1,4} .+|Stack trace:)",
    re.DOTALL | re.ASCII,
)


def continued(text: str) -> tuple[str, str]:
    """Return the indent and the text of a line that goes on with a message; else no text."""
    match = _GOES_ON.fullmatch(text)
    if match is None:
        return "", ""
    return match["indent"] or "", match["text"] or match["headline"]
