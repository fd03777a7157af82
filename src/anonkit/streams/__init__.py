"""What touches the outside while a run goes on.

find.py         what is read, and where it goes: files, patterns, folders
rotated.py      rotated logs in the order of time
sources.py      files and streams while they are read
compress.py     gzip, bzip2, xz, zstd
outputs.py      standard output, files that grow, files that appear whole, withheld lines
in_place.py     a file in the place of another
checkpoint.py   where a run stands, so that it can go on
workers.py      processes that share a run
stop.py         signals that end a run between two lines
"""
