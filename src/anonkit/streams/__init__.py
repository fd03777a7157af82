"""What touches the outside while a run goes on: sources, outputs, signals.

sources.py   what is read: files, standard input
outputs.py   what is written: standard output, files that appear whole, withheld lines
stop.py      signals that end a run between two lines
"""
