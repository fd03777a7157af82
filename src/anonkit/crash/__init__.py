"""Crashes that may be sent: messages scrubbed, frames kept, nobody named.

A crash is made from an exception or from the text of a trace (Python, Java, .NET, JavaScript, PHP,
Ruby, Go, iOS, Android). Every line stays a line. In frames the path becomes relative, so that the
user name in it and the customer's directories are gone; values that some tools print into frames
(arguments, variables) are taken out. Local variables of an exception are never read.

frames.py      how each language writes a frame
relative.py    what of a path of code is the same on every machine
error.py       a Python exception, as the lines of its trace
headline.py    the type and message that a text reports
signature.py   what equal crashes share
trace.py       all of it together
hooks.py       for exceptions that nobody caught
"""

from anonkit.crash.frames import Frame
from anonkit.crash.hooks import install
from anonkit.crash.relative import relative
from anonkit.crash.trace import Crash, crash

__all__ = ["Crash", "Frame", "crash", "install", "relative"]
