"""The outbox: what is recorded waits, is cut, sealed, sent, and gone once it is acknowledged."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from anonkit import Keyring, Pipeline, Policy
from anonkit.errors import PackError, PolicyError, SendError, Undelivered
from anonkit.pack import unpack
from anonkit.seal import SiteKey, VendorKey, unseal
from anonkit.send import Backoff, Consent, Outbox, Schedule, Spool
from anonkit.send.batch import Origin, check
from anonkit.stages import keep
from outboxes import START, Clock, Fault, Page, Receiver, agreed, on_disk, outbox, page


def test_a_record_is_kept_and_sent_once(tmp_path: Path) -> None:
    """What record() returned True for arrives, and then waits no more."""
    receiver = Receiver()
    with outbox(tmp_path, "usage") as box:
        assert box.record(page("one"))
        assert box.record({"type": "page", "name": "two", "user": "ada"})
        assert box.record(b'{"type":"page","name":"three","user":"ada"}')
        assert [record["name"] for record in box.records()] == ["one", "two", "three"]
        assert box.send(receiver) == (0, 0, ())  # the week is not over
        assert box.send(receiver, everything=True) == (1, 3, ())
        assert box.send(receiver, everything=True) == (0, 0, ())
        assert box.waiting() == []
        counts = box.counts()
    assert receiver.names() == ["one", "three", "two"]
    assert (counts["recorded"], counts["delivered"]) == (3, 3)


def test_what_is_withheld_is_not_kept(tmp_path: Path) -> None:
    """Records that the policy or the ledger withholds leave no trace, and the report counts why."""
    with outbox(tmp_path) as box:
        assert not box.record(page("one"))
    with outbox(tmp_path, "usage") as box:
        assert not box.record(Fault(name="two"))
        assert not box.record({"type": "other"})
        assert box.record_all([page("three"), Fault(name="four"), page("five")]) == 2
        assert box.record_all([]) == 0
        assert len(box.waiting()) == 1
        assert box.report.records_withheld == 3
    assert on_disk(tmp_path, b"two") == []


def test_what_waits_for_another_look_at_the_ledger_is_counted_once(tmp_path: Path) -> None:
    """However often the ledger changes while a record is made, the report counts the record once."""
    with outbox(tmp_path) as box:
        assert not box.record(page("one"))
        grant = partial(box._consent.grant, role="administrator", notice="1", language="en")
        withdraw = partial(box._consent.withdraw, role="administrator")
        grant("usage")
        assert box.record(page("two"))
        row, changes = box._pipeline.row, [grant, grant, grant]

        def changing(event: Any) -> Any:
            made = row(event)
            if changes:
                changes.pop()("usage")
            return made

        box._pipeline.row = changing
        assert box.record_all([page("three"), Fault(name="four")]) == 1
        assert box.report.as_dict()["records"]["out_by_type"] == {"page": 2}
        assert (box.report.records_in, box.counts()["recorded"]) == (4, 2)
        changes.append(withdraw)
        assert not box.record(page("five"))
        assert (box.report.records_in, box.report.records_out) == (5, 2)


def test_what_is_not_kept_for_a_fault_is_not_counted(tmp_path: Path) -> None:
    """The report counts no record that could not be written: its caller has the error."""
    with outbox(tmp_path, "usage") as box:
        assert box.record(page("one"))
        box._keep = lambda _: (_ for _ in ()).throw(SendError("full"))
        with pytest.raises(SendError):
            box.record(page("two"))
        assert box.report.records_in == 1


def test_threads_count_what_they_record(tmp_path: Path) -> None:
    """Records of several threads, with grants on the way, are counted as often as they are kept."""
    with outbox(tmp_path, "usage") as box:

        def work(_: int) -> int:
            return sum(box.record(page(str(number))) for number in range(20))

        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(work, number) for number in range(4)]
            for _ in range(10):
                box._consent.grant("usage", role="administrator", notice="1", language="en")
            kept = sum(future.result() for future in running)
        assert kept == 80 == box.report.records_out == box.counts()["recorded"]


def test_a_receiver_is_left_alone_for_as_long_as_it_says(tmp_path: Path) -> None:
    """All batches wait as Retry-After says, at most the longest wait; a refused one waits alone."""
    clock, receiver = Clock(), Receiver()
    receiver.stores = False
    backoff = Backoff(first=timedelta(minutes=1), longest=timedelta(hours=2))
    schedule = Schedule(every=None, records=1)
    with outbox(tmp_path, "usage", clock=clock, backoff=backoff, schedule=schedule) as box:
        assert box.record_all([page("one"), page("two")]) == 2
        for after, hours in ((3600, 1), (10**8, 2)):
            receiver.calls.clear()
            receiver.failure = Undelivered("later", after=after)
            box.send(receiver)
            assert len(receiver.calls) == 1
            clock.on(hours=hours, minutes=-1)
            assert box.send(receiver).problems == ()
            clock.on(minutes=1)
        receiver.calls.clear()
        receiver.failure = Undelivered("not this one", refused=True, after=3600)
        assert len(box.send(receiver).problems) == 2
        clock.on(minutes=2)
        receiver.failure, receiver.stores = None, True
        assert box.send(receiver).batches == 0
        clock.on(hours=1)
        assert box.send(receiver).batches == 2


def test_few_records_are_sent_with_the_shipped_dictionary(tmp_path: Path) -> None:
    """A batch of records that anonkit has a dictionary for is packed with it."""
    consent = agreed(tmp_path, "fleet")
    pipeline = Pipeline(Policy.preset("fleet"), keys=Keyring.generate())
    week = {"type": "device_week", "model": "CS632", "firmware": "1.2"}
    with Outbox(tmp_path / "outbox.db", pipeline, consent=consent, clock=Clock()) as box:
        assert box.record(week)
        receiver = Receiver()
        box.send(receiver, everything=True)
    (data,) = receiver.batches.values()
    assert data[5] == 3  # compressed, with a trained dictionary
    assert unpack(data).records[0]["model"] == "CS632"


def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    """The outbox, its log and its lock have mode 0600 from the first byte on."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert {"outbox.db", "outbox.db-wal", "outbox.db-lock"} < modes.keys()
    assert set(modes.values()) == {0o600}


def test_what_waits_is_shown_as_it_is_sent(tmp_path: Path) -> None:
    """The list, the records and the bytes of a batch are those that the receiver gets."""
    receiver = Receiver()
    receiver.failure = Undelivered("no", refused=True)
    receiver.stores = False
    with outbox(tmp_path, "usage", "support") as box:
        box.record_all([page("one", "x"), Fault(name="two"), page("three")])
        groups = box.waiting()
        assert [(g.batch, g.purpose, g.records) for g in groups] == [
            (None, "usage", 2),
            (None, "support", 1),
        ]
        assert groups[0].since == START.replace(minute=0, second=0)
        assert groups[0].policy == box._pipeline.policy.hash
        assert groups[0].period == box._pipeline.period
        seen = list(box.records())
        assert box.send(receiver, everything=True).problems == tuple(
            f"batch {batch}: no" for batch in receiver.calls
        )
        box.record(page("four"))
        assert {record["name"] for record in box.records()} == {"one", "two", "three", "four"}
        assert all(record in list(box.records()) for record in seen)
        usage, _, rest = box.waiting()
        assert (usage.attempts, usage.problem, rest.batch) == (1, "no", None)
        receiver.failure, receiver.stores = None, True
        data = box.data(usage.batch or "")
        records = list(box.records(usage.batch))
        box.send(receiver, everything=True)
        assert receiver.batches[usage.batch or ""] == data
        assert unpack(data).records == records
        with pytest.raises(SendError, match="no such batch waits"):
            box.data(usage.batch or "")
        with pytest.raises(SendError, match="no such batch waits"):
            list(box.records("0" * 32))


def test_a_batch_is_sealed_once(tmp_path: Path) -> None:
    """Batches for a vendor are envelopes, signed if wanted, and the same bytes at each attempt."""
    vendor, site, receiver = VendorKey.generate(), SiteKey.generate(), Receiver()
    receiver.failure = Undelivered("cut")
    with outbox(tmp_path, "usage", recipient=vendor.recipient, sign=site) as box:
        box.record(page("one"))
        for _ in range(3):
            assert box.send(receiver, everything=True).batches == 0
        (waiting,) = box.waiting()
        assert waiting.attempts == 3
        receiver.failure = None
        box.send(receiver, everything=True)
    (data,) = receiver.batches.values()
    opened = unseal(data, [vendor], sites=[site.site])
    assert unpack(opened.pack).records[0]["name"] == "one"


def test_a_signature_needs_its_key(tmp_path: Path) -> None:
    """Who sends for an outbox that signs must have the key; an envelope goes unsigned nowhere."""
    vendor, site = VendorKey.generate(), SiteKey.generate()
    with outbox(tmp_path, "usage", recipient=vendor.recipient, sign=site) as box:
        box.record(page("one"))
    with Spool(tmp_path / "outbox.db") as spool:
        with pytest.raises(SendError, match=f"signed with the key of site {site.id}"):
            spool.send(Receiver(), everything=True)
        assert spool.waiting()[0].records == 1
    with Spool(tmp_path / "outbox.db", sign=site) as spool:
        assert spool.send(Receiver(), everything=True).records == 1
    with pytest.raises(SendError, match="a signature is part of an envelope"):
        outbox(tmp_path, sign=site)


def test_what_an_outbox_is_made_of_is_checked(tmp_path: Path) -> None:
    """Plain lists of stages, tiny caps and absent files are refused."""
    consent = agreed(tmp_path)
    with pytest.raises(PolicyError, match="needs record types"):
        Outbox(tmp_path / "outbox.db", Pipeline([keep("x")]), consent=consent)
    for caps in ({"most_bytes": 1000}, {"most_age": timedelta(hours=1)}):
        with pytest.raises(SendError, match="1048576 bytes and a day, or more"):
            outbox(tmp_path, **caps)
    with pytest.raises(SendError, match="there is no outbox"):
        Spool(tmp_path / "other.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(SendError, match="there is no outbox"):
        Spool(tmp_path / "empty.db")
    with outbox(tmp_path) as box:
        assert repr(box) == "<Outbox outbox.db>"
    consent.close()
    (tmp_path / "consent.db").unlink()
    with pytest.raises(SendError, match="consent.db: the ledger of consent is missing"):
        Spool(tmp_path / "outbox.db")


def test_what_no_pack_takes_is_refused_at_once(tmp_path: Path) -> None:
    """A record that could not be packed later, or is too large, is an error for its caller."""
    with outbox(tmp_path, "usage") as box:
        with pytest.raises(SendError, match="a record of more than 262144 bytes"):
            box.record(page("x" * 300_000))
        box._pipeline.row = lambda record: msgspec.msgpack.encode(["page", {1: 2}, b"x", ""])
        with pytest.raises(PackError):
            box.record(page("one"))
        assert box.waiting() == []


# --- origins ------------------------------------------------------------------------------------


def test_a_new_policy_sends_what_an_old_one_left(tmp_path: Path) -> None:
    """A program with another policy sends what waits under the old, as the old said it."""
    receiver = Receiver()
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        old = box._pipeline.policy.hash
    with Outbox(
        tmp_path / "outbox.db",
        Pipeline(Fault),
        consent=Consent(tmp_path / "consent.db"),
    ) as box:
        assert box.send(receiver, everything=True).records == 1
    (data,) = receiver.batches.values()
    assert unpack(data).header.policy == old


def test_an_origin_says_what_was_in_force(tmp_path: Path) -> None:
    """The header of a batch names the whole policy, and the techniques of what is in it."""
    receiver = Receiver()
    with outbox(tmp_path, "support", clock=Clock(datetime(2026, 5, 1, tzinfo=UTC))) as box:
        box.record(Fault(name="one"))
        box.send(receiver, everything=True)
        header = unpack(next(iter(receiver.batches.values()))).header
        assert header.policy == box._pipeline.policy.hash
        assert header.techniques == ("keep",)
        assert header.created == date(2026, 5, 1)


@pytest.mark.parametrize("document", ["", "{}", "[]", '{"policy": {}, "hash": "", "period": 1}'])
def test_an_origin_that_cannot_be_read_is_of_another_anonkit(document: str) -> None:
    """Damage is found before: a sound origin that says what nobody here knows is a newer one's."""
    with pytest.raises(SendError, match="under a policy that this anonkit cannot read"):
        Origin.read(document)


def test_what_a_newer_anonkit_recorded_waits_for_it(tmp_path: Path) -> None:
    """After a step back to an older anonkit, records of a policy it lacks wait and are not lost."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        (document,) = box._file.read(
            lambda file: file.execute("SELECT document FROM origins").fetchone()
        )
        newer = document.replace('"stage":"keep"', '"stage":"veil"')
        newer = newer if newer != document else document.replace('"keep"', '"veil"')
        assert newer != document
        box._file.write(
            lambda file: file.execute(
                "UPDATE origins SET document = ?, checked = ?", (newer, check(newer))
            )
        )
    receiver = Receiver()
    with outbox(tmp_path, "usage") as box:
        assert box.record(page("two"))
        with pytest.raises(SendError, match="cannot read"):
            box.send(receiver, everything=True)
        assert box.damaged == []
        assert box.counts()["recorded"] == 2
    assert receiver.batches == {}


def test_nothing_recorded_stays_in_force_unasked(tmp_path: Path) -> None:
    """With another ledger, in which nothing is agreed to, what waits is neither sent nor lost."""
    receiver = Receiver()
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
    with (
        Consent(tmp_path / "new.db") as consent,
        Spool(tmp_path / "outbox.db", consent=consent) as spool,
    ):
        assert spool.send(receiver, everything=True) == (0, 0, ())
        assert receiver.calls == []
        assert spool.waiting()[0].records == 1


def test_page_is_for_usage() -> None:
    """The events of these tests are of the purposes that the tests assume."""
    assert (Page.purpose, Fault.purpose) == ("usage", "support")


def test_each_file_says_whose_it_is(tmp_path: Path) -> None:
    """An outbox and a ledger have each a number in their head that no later version changes."""
    with outbox(tmp_path, "usage"):
        for name, mark in (("outbox.db", b"ANKO"), ("consent.db", b"ANKC")):
            file = sqlite3.connect(tmp_path / name)
            (number,) = file.execute("PRAGMA application_id").fetchone()
            file.close()
            assert number.to_bytes(4, "big") == mark
