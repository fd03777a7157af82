"""Formats: bytes in, bytes of the same format out.

formats.py   the table of formats
lines.py     splits any stream of bytes into lines, each within bounds
weblog.py    access logs: common and combined
address.py   lines that begin with an address, the rest kept
syslog.py    syslog: RFC 3164 and RFC 5424
jsonl.py     one JSON record a line, of types that a policy names
objects.py   one JSON object a line, of any shape
table.py     CSV with a header
names.py     what a value is, told by its name, for the last two
encodings.py what stands before a parser and behind it
sniff.py     which format a sample has
"""
