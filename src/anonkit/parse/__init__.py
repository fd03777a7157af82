"""Formats: bytes in, bytes of the same format out.

formats.py      the table of formats
lines.py        splits any stream of bytes into lines, each within bounds
column.py       one column of a line: its text, a value for stages, and text again
layout.py       lines of columns, whatever the layout
weblog.py       access logs: common, combined, vhost_combined
logformat.py    access logs by the log format of their server
servers.py      what the directives of Apache and the variables of nginx say
times.py        times in the layouts of strftime
w3c.py          extended log files of the W3C: IIS, CloudFront, proxies
address.py      lines that begin with an address, the rest kept
syslog.py       syslog: RFC 3164 and RFC 5424
syslog_line.py  the columns of such a line
continued.py    lines that go on with the line before
jsonl.py        one JSON record a line, of types that a policy names
objects.py      one JSON object a line, of any shape
members.py      what the name of a value in JSON says of it
scalars.py      what may leave of such a value
outline.py      lines of one shape, learned as one expression
memory.py       what is remembered of values, within bounds
table.py        CSV with a header
cells.py        the cells of a column of a table
names.py        what a value is, told by its name, for objects and tables
text.py         free text
window.py       the lines of a span of time
encodings.py    what stands before a parser and behind it
sniff.py        which format a sample has
"""
