"""The command. One file per verb; `words.py` holds what it says, `main.py` the way in.

What `run` and `scrub` do lies in several, from the outside in. They stand beside the verbs and in
no folder of their own: each is used by two verbs or by its neighbours alone, a path such as
`cli/run/run.py` would say nothing more, and a verb stays one file, found by its name.

run.py        options of a run, and which of the ways below it goes
units.py      the outputs of a run, one after the other
jobs.py       the same with several workers
resume.py     the same with a checkpoint
job.py        what becomes of each source: format, policy, keys
flow.py       one source on its way through its format, and where it stands
progress.py   what is told of a source

What several verbs share: arguments.py (verbs, formats, policies, files), sample.py (a source one
looks at), endpoints.py (files and standard streams), pages.py (pages and tables), passphrase.py.
"""
