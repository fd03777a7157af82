"""Formats: bytes in, bytes of the same format out.

formats.py   the table of formats
lines.py     splits any stream of bytes into lines, each within bounds
weblog.py    access logs: common and combined
address.py   lines that begin with an address, the rest kept
jsonl.py     one JSON object a line
sniff.py     which format a sample has
"""
