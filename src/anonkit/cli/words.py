"""Every sentence the command says, so that they can be read, and kept alike, in one place.

Lower case, a prefix, no full stop; a hint on a line of its own. Names of files, formats, fields and
rules; never a value of the input.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from anonkit.errors import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anonkit.errors import AnonkitError

NAME = "anonkit"

COMMAND = "Anonymize telemetry and logs before they leave the building."
_STDIN = "Without files, standard input is read."
RUN = f"Anonymize a log or a stream of events. {_STDIN}"
SCRUB = f"Remove what is personal or secret from free text, line by line. {_STDIN}"
FORMATS = "List the formats that run reads, with the policy each has when none is named."
KEYS = "Make, show, rotate and destroy the keys that tokens are made with."
KEYS_NEW = "Make a keyring file with one new period."
KEYS_SHOW = "List periods and check values, never key bytes."
KEYS_ROTATE = "End the period in force and start a new one."
KEYS_DESTROY = "Destroy a period's key: its tokens are unlinkable from then on."
CONSENT = "Show, grant, withdraw and prove which purposes are agreed to."
CONSENT_SHOW = "List what is agreed to."
CONSENT_GRANT = "Write down that a purpose is agreed to."
CONSENT_WITHDRAW = (
    "Write down that a purpose is not agreed to any more, and erase what waits for it."
)
CONSENT_EXPORT = "Write all decisions, each with its digest, as JSON."
OUTBOX = "Look into what waits, delete it, send it, or carry it on a stick."
OUTBOX_LIST = "List what waits, and what became of the rest."
OUTBOX_SHOW = "Write the records that wait, as the receiver reads them."
OUTBOX_PURGE = "Delete what waits, and erase its bytes."
OUTBOX_SEND = "Send what is due, to a receiver or into a folder."
OUTBOX_EXPORT = "Carry all that waits to a stick, and delete what the stick acknowledges."
OUTBOX_IMPORT = "Store a stick's batches, and acknowledge them on it: the vendor's side."
CHECK = "Check a policy: errors with their line, and findings on what is valid and still unwise."

PACK = f"Pack anonymized records: NDJSON in, a stream of packs out. {_STDIN}"
SEAL = f"Seal packs for a vendor, each file as one envelope. {_STDIN}"
OPEN = f"Open envelopes and packs, and write their records: the vendor's side. {_STDIN}"
VENDOR_KEYS = "Make the key that opens envelopes; its public part goes to the sites."
SITE_KEYS = "Make the key that a site signs with; its public part goes to the vendor."
KEY_PAIR = "Make a key file and the public part beside it."

EXPLAIN = "Write the notice of a policy: what leaves, why, how long, who can link it, how to stop."
PREVIEW = "Show a sample before and after, field by field, and the bytes that would leave."
INFER = "Propose a policy for a log or events that nobody has described."
AUDIT = "Read an anonymized file as an attacker would: what it still tells without a key."
POLICY = "Compare policies."
DIFF = "Show what newly leaves, what leaves otherwise and what no longer does."

EXIT_CODES = """\
exit status: 0 all is well; 1 --strict was given and records were withheld or something was found,
or records do not fit a pack; 2 wrong use, or a policy or format that cannot be used; 3 a file, key,
pack, envelope, ledger or outbox cannot be read or written, or a batch did not arrive
"""

NONE = "none"  # of what an option can be

ONE_RUN_KEY = (
    "no key file (-k): tokens are made with a key for this run alone, "
    "and cannot be linked to any other run"
)
NOT_RESUMED = "--checkpoint: a key for one run alone dies with it, and its run cannot be resumed"
NO_TIME = "is no time, such as 2026-05-01 (UTC) or 2026-05-01T08:00+02:00"
NO_FORK = "this system has no fork"
NO_FILES = "a pipe can be read by one process alone"
NOT_TO_A_TERMINAL = "packs and envelopes are no text for a terminal"
NOT_FROM_A_TERMINAL = "packs and envelopes do not come from a terminal"
NOBODY_AGREED = "nothing is agreed to, so nothing is recorded or sent"
NOTHING_WAITS = "nothing waits"
NO_ANSWER = "no answer was given"
NOTHING_DESTROYED = "nothing was destroyed"
NOTHING_DELETED = "nothing was deleted"
HINT_REJECTS = f"{NAME}: hint: --rejects FILE keeps withheld records, readable by you alone"
HINT_NOTHING_LEFT = (
    f"{NAME}: hint: not one record left: -f or --log-format names another format, if it is not this"
)
HINT_OBJECT = (
    f"{NAME}: hint: for objects of other types, or none, a policy names fields of record.object"
)
HINT_ENCODING = f"{NAME}: hint: --encoding latin-1 or cp1252 reads what is not UTF-8"


def tell(text: str, end: str = "\n") -> None:
    """Write to standard error; that nobody takes it must not end the work that it tells of."""
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except OSError:
        give_up(sys.stderr)


def give_up(stream: TextIO) -> None:
    """Drop what a stream did not take, and what is still to come: Python tries again at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def say(text: str) -> None:
    """Say one line on standard error."""
    tell(f"{NAME}: {printable(text)}")


def waits() -> None:
    """Say that standard input is read where it is a terminal: else nothing seems to happen."""
    if sys.stdin is not None and sys.stdin.isatty():
        say("standard input is this terminal: type lines, and Ctrl-D behind the last")


def error(problem: AnonkitError | str) -> None:
    """Say what went wrong, and what to do about it."""
    hint = None if isinstance(problem, str) else problem.hint
    text = problem if isinstance(problem, str) else problem.problem
    tell(f"{NAME}: error: {printable(text)}")
    if hint:
        tell(f"{NAME}: hint: {printable(hint)}")


def system_error(failure: OSError) -> str:
    """Return what the system refused, as `file: reason`."""
    reason = (failure.strerror or type(failure).__name__).lower()
    return f"{failure.filename}: {reason}" if failure.filename else reason


def recognised(source: str, form: str, reason: str, policy: str) -> str:
    """Return which format a source has and which policy it gets."""
    return f"{source}: format {form} ({reason}), policy {policy}"


def known_length(least: int, most: int) -> str:
    """Return which values can be looked for."""
    return f"a known value has {least} to {most} characters"


def policy(name: str, settings: Sequence[str]) -> str:
    """Return the name of a policy, and which of its fields were said anew."""
    fields = ", ".join(setting.partition("=")[0] for setting in settings)
    return f"{name} with its own {fields}" if fields else name


def format_of(source: str, form: str, reason: str) -> str:
    """Return which format a source has."""
    return f"{source}: format {form} ({reason})"


def flaws(count: int) -> str:
    """Return how many flaws there are."""
    return _many(count, "flaw")


def part_of(path: str) -> str:
    """Return what the output of a part of a source is called."""
    return f"a part file for {path} (beside the output, or in TMPDIR)"


def one_job(why: str) -> str:
    """Return that a run has one process in spite of what was asked for."""
    return f"--jobs: {why}; one job does it"


def gone(path: str, count: int) -> str:
    """Return that withheld lines are in no file any more."""
    lines = "line is" if count == 1 else "lines are"
    return f"{path}: {count:,} withheld {lines} gone; --rejects FILE or --backup SUFFIX keeps them"


def resumed(path: str, position: int) -> str:
    """Return that a run goes on where another was ended."""
    return f"{path}: goes on behind {position / 1e6:,.1f} MB of the file it was at"


def keyring_made(path: str, period: str) -> str:
    """Return that a keyring file was made."""
    return f"{path}: new keyring, period {period}; keep a copy where this one is not"


def period_begins(path: str, period: str) -> str:
    """Return that a period begins, because somebody asked for it."""
    return f"{path}: period {period} begins"


def key_destroyed(path: str, period: str) -> str:
    """Return that a key is gone."""
    return f"{path}: the key of period {period} is destroyed; destroy copies too"


def new_period(path: str, period: str) -> str:
    """Return that a period ended and the next began."""
    return f"{path}: the last period has ended; period {period} begins"


def withheld_lines(source: str, numbers: Sequence[int], more: int) -> str:
    """Return where the first withheld lines stand."""
    listed = ", ".join(map(str, numbers))
    rest = f" and {more:,} more" if more else ""
    return f"{source}: withheld line{'s' if len(numbers) + more > 1 else ''} {listed}{rest}"


def decided(purpose: str, choice: str, seq: int) -> str:
    """Return what a ledger took down."""
    return f"{purpose}: {choice} (entry {seq})"


def not_agreed(purpose: str, agreed: Sequence[str]) -> str:
    """Return that what is withdrawn was not agreed to: perhaps it is misspelt."""
    return f"{purpose} was not agreed to; agreed to: {', '.join(agreed) or NONE}"


def new_purpose(purpose: str, near: str) -> str:
    """Return that a purpose is new to a ledger, and like another: perhaps it is misspelt."""
    return f"{purpose} is new here: if {near} was meant, withdraw {purpose} and grant {near}"


def became(counts: Mapping[str, int]) -> str:
    """Return what became of the records of an outbox, without what never happened."""
    told = [f"{count:,} {name}" for name, count in counts.items() if count and name != "damaged"]
    return ", ".join(told)


def put_aside(name: str) -> str:
    """Return that a file is damaged and was kept."""
    return f"{name}: a damaged outbox; its records are not sent"


def batches(verb: str, count: int, records: int) -> str:
    """Return what was done to batches: `sent 2 batches with 1,200 records`."""
    return f"{verb} {_many(count, 'batch', 'batches')} with {_many(records, 'record', 'records')}"


def acknowledged(count: int) -> str:
    """Return how many batches a stick acknowledged."""
    return f"acknowledges {_many(count, 'batch', 'batches')}"


def taken(new: int, known: int) -> str:
    """Return how many batches a stick brought."""
    before = f"; {known:,} {'was' if known == 1 else 'were'} there already" if known else ""
    return f"took in {_many(new, 'batch', 'batches')}{before}"


def purged(records: int) -> str:
    """Return how many records were deleted."""
    return f"deleted {_many(records, 'record', 'records')} and erased their bytes"


def _many(count: int, one: str, more: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def no_wording(key: str, lang: str) -> str:
    """Return that a text is not in a language."""
    return f"not in {lang}, left as the policy has it: {key}"


def progress(source: str, done: int, size: int) -> str:
    """Return how far a source has been read, in megabytes and, where its size is known, percent."""
    share = f", {min(100, done * 100 // size)} %" if size else ""
    return f"{NAME}: {printable(source)}: {done / 1e6:,.0f} MB{share}"


def keys_made(path: str, public: str, name: str) -> str:
    """Return that a pair of keys was made."""
    return f"{path}: new key {name}; hand out {public}, and keep a copy where this one is not"


def packed(records: int, packs: int, size: int) -> str:
    """Return what became of records."""
    return f"{_many(records, 'record')} in {_many(packs, 'pack')}, {size:,} bytes"


def sealed(path: str, recipient: str, size: int, pack: int) -> str:
    """Return where an envelope is, who opens it, and what sealing added."""
    return f"{path}: {size:,} bytes for the key {recipient}, {size - pack:,} of them the envelope"


def expired(place: str, day: str, records: int) -> str:
    """Return that a pack is not read any more."""
    return f"{place}: expired on {day}, {_many(records, 'record')} skipped: delete it"


def of_the_future(place: str, day: str) -> str:
    """Return that a site's clock is wrong, and with it how long its records may be kept."""
    return f"{place}: made on {day}, which has not come yet: the clock of its site is wrong"


def not_known(place: str, records: int, fields: int) -> str:
    """Return what a reader with an older schema leaves out."""
    return f"{place}: {_many(records, 'record')} and {_many(fields, 'field')} of a newer schema"


NEEDS_POLICY = "-p POLICY says what they are"


def copied(name: str, first: str) -> str:
    """Return that a file is not read again."""
    if name == first:
        return f"{name}: given twice, and read once"
    return f"{name}: a copy of {first}, skipped"


def opened(records: int, packs: int, expired: int, copies: int) -> str:
    """Return how much was read."""
    rest = f", {_many(expired, 'pack')} expired" if expired else ""
    rest += f", {_many(copies, 'copy', 'copies')} skipped" if copies else ""
    return f"{_many(records, 'record')} out of {_many(packs, 'pack')}{rest}"
