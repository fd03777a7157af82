"""The outbox: what is recorded waits, is cut, sealed, sent, and gone once it is acknowledged."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from anonkit import Keyring, Pipeline, Policy
from anonkit.errors import KeyringError, PackError, PolicyError, SendError, Undelivered
from anonkit.pack import unpack
from anonkit.seal import SiteKey, VendorKey, unseal
from anonkit.send import Backoff, Consent, Outbox, Schedule, Spool, store
from anonkit.send.batch import Origin
from anonkit.send.database import Damaged
from anonkit.stages import keep
from outboxes import START, Clock, Fault, Page, Receiver, agreed, on_disk, outbox, page

NOW = Schedule(every=None, records=3)


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
    with pytest.raises(SendError, match="an outbox that was never used"):
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


# --- schedule -----------------------------------------------------------------------------------


def test_batches_go_once_a_week_at_a_moment_of_their_own(tmp_path: Path) -> None:
    """Each site has one random moment in the week, and sends at no other."""
    clock, receiver = Clock(), Receiver()
    moments = []
    with outbox(tmp_path, "usage", clock=clock) as box:
        for hour in range(0, 24 * 28, 4):
            box.record(page(str(hour)))
            if box.send(receiver).batches:
                moments.append(hour)
            clock.on(hours=4)
    assert len(moments) == 4
    assert {later - before for before, later in pairwise(moments)} == {168}
    others = set()
    for site in range(12):
        folder = tmp_path / str(site)
        folder.mkdir()
        clock = Clock()
        with outbox(folder, "usage", clock=clock) as box:
            box.record(page("one"))
            while not box.send(receiver).batches:
                clock.on(hours=7)
            others.add(clock.now)
    assert len(others) > 3


def test_size_and_age_make_batches(tmp_path: Path) -> None:
    """So many records make a batch at once, and so does what has waited for so long."""
    clock, receiver = Clock(), Receiver()
    schedule = Schedule(every=None, records=3, age=timedelta(hours=5))
    with outbox(tmp_path, "usage", clock=clock, schedule=schedule) as box:
        assert box.record_all([page(str(i)) for i in range(7)]) == 7
        assert box.send(receiver) == (2, 6, ())
        clock.on(hours=4)
        assert box.send(receiver).batches == 0
        clock.on(hours=1)
        assert box.send(receiver) == (1, 1, ())
    assert receiver.names() == list("0123456")


def test_a_batch_is_not_too_large(tmp_path: Path) -> None:
    """Large records make batches of four megabytes."""
    with outbox(tmp_path, "usage") as box:
        box.record_all([page(str(i) + "x" * 250_000) for i in range(20)])
        assert box.cut() == 0
        assert box.cut(everything=True) == 2
        assert [waiting.records for waiting in box.waiting()] == [15, 5]


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": timedelta(0)},
        {"every": timedelta(milliseconds=5)},
        {"age": timedelta(-1)},
        {"records": 0},
        {"records": 100_001},
    ],
)
def test_a_schedule_is_checked(wrong: dict[str, object]) -> None:
    """Spans and sizes that are none are refused."""
    with pytest.raises(SendError, match="a schedule's"):
        Schedule(**wrong)  # type: ignore[arg-type]


def test_waits_double_and_differ() -> None:
    """Each failure doubles the wait, up to a bound, and half of it is random."""
    backoff = Backoff(first=timedelta(seconds=10), longest=timedelta(seconds=100))
    assert [backoff.seconds(attempts, 0) for attempts in (1, 2, 3, 4, 5, 99)] == [
        10, 20, 40, 80, 100, 100,
    ]  # fmt: skip
    assert backoff.seconds(2, 0.5) == 15


# --- attempts -----------------------------------------------------------------------------------


def test_what_fails_is_tried_again_later(tmp_path: Path) -> None:
    """An attempt that fails ends the round; the batch is tried again when its wait is over."""
    clock, receiver = Clock(), Receiver()
    receiver.failure = Undelivered("the receiver cannot be reached")
    with outbox(tmp_path, "usage", clock=clock, schedule=NOW) as box:
        box.record_all([page(str(i)) for i in range(6)])
        assert len(box.send(receiver).problems) == 1  # the second batch is not tried
        assert len(receiver.calls) == 1
        assert box.send(receiver).problems  # the second, whose turn it is
        assert box.send(receiver) == (0, 0, ())
        clock.on(seconds=61)
        receiver.failure = None
        assert box.send(receiver) == (2, 6, ())
    assert receiver.names() == list("012345")


def test_a_batch_that_is_refused_blocks_no_other(tmp_path: Path) -> None:
    """A refused batch stays, and the next is sent in the same round."""
    receiver = Receiver()
    receiver.failure = Undelivered("the receiver answered 413", refused=True)
    with outbox(tmp_path, "usage", schedule=NOW) as box:
        box.record_all([page(str(i)) for i in range(6)])
        assert len(box.send(receiver).problems) == 2
        assert len(receiver.calls) == 2
        assert len(box.waiting()) == 2


def test_an_acknowledgement_that_is_lost_is_asked_for_again(tmp_path: Path) -> None:
    """A batch that arrived unacknowledged is sent again, as the same batch."""
    receiver = Receiver()
    receiver.failure = Undelivered("the connection broke")
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        box.send(receiver, everything=True)
        receiver.failure = None
        assert box.send(receiver, everything=True).batches == 1
    assert receiver.names() == ["one"]
    assert receiver.calls[0] == receiver.calls[1]


def test_a_fault_of_the_transport_leaves_the_batch(tmp_path: Path) -> None:
    """Whatever a transport raises, the batch stays for the next time."""

    class Broken:
        def deliver(self, batch: str, data: bytes) -> None:
            raise ZeroDivisionError

    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        with pytest.raises(ZeroDivisionError):
            box.send(Broken(), everything=True)
        assert box.send(Receiver(), everything=True).records == 1


# --- caps ---------------------------------------------------------------------------------------


def test_beyond_the_cap_the_oldest_goes(tmp_path: Path) -> None:
    """More than the cap is not kept: batches first, then records, the oldest first, counted."""
    with outbox(tmp_path, "usage", most_bytes=1 << 20) as box:
        for start in range(0, 30, 10):
            box.record_all(
                [page(f"{i:03}" + os.urandom(20_000).hex()) for i in range(start, start + 10)]
            )
            if start == 0:
                box.cut(everything=True)
        for i in range(30, 400):
            box.record(page(f"{i:03}" + os.urandom(2_000).hex()))
        left = sorted(record["name"][:3] for record in box.records())
        counts = box.counts()
    assert left[-1] == "399"
    assert left == [f"{i:03}" for i in range(400 - len(left), 400)]
    assert counts["too many"] + len(left) == counts["recorded"] == 400
    assert (tmp_path / "outbox.db").stat().st_size < 2 << 20


def test_a_cap_that_nothing_helps_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all is gone and the file is still too large, recording goes on."""
    monkeypatch.setattr(store, "used", lambda _: 1 << 40)
    with outbox(tmp_path, "usage") as box:
        assert box.record(page("one"))
        assert box.counts()["too many"] == 1
        assert box.waiting() == []


def test_what_is_too_old_goes_a_day_after_it_was_noticed(tmp_path: Path) -> None:
    """What has waited beyond the cap goes, counted, a day after it was first found too old."""
    clock = Clock()
    with outbox(tmp_path, "usage", clock=clock, most_age=timedelta(days=10)) as box:
        box.record(page("one"))
        box.cut(everything=True)
        box.record(page("two"))
        clock.on(days=9)
        box.record(page("three"))
        assert box.expire() == 0
        clock.on(days=2)
        assert box.expire() == 0
        clock.on(hours=23)
        assert box.expire() == 0
        clock.on(hours=1)
        assert box.expire() == 2
        assert [record["name"] for record in box.records()] == ["three"]
        assert box.counts()["too old"] == 2


# --- the clock ----------------------------------------------------------------------------------


def test_a_clock_that_jumps_harms_nothing(tmp_path: Path) -> None:
    """Back or forth by years, put right within a day: nothing is dropped, stuck or too early."""
    clock, receiver = Clock(), Receiver()
    keys = Keyring.generate(at=START, length=timedelta(days=30))
    receiver.failure = Undelivered("the receiver cannot be reached")
    with outbox(tmp_path, "usage", clock=clock, keys=keys, schedule=NOW) as box:
        box.record_all([page(str(i)) for i in range(3)])
        clock.now = START + timedelta(days=4000)
        box.send(receiver)  # the wait after this failure ends in years
        with pytest.raises(KeyringError):  # no period covers that time
            box.record(page("too late"))
        clock.now = START + timedelta(hours=1)
        box.send(receiver)
        clock.now = START - timedelta(days=4000)
        assert box.record(page("3"))  # under the period that is known
        assert box.expire() == 0
        receiver.failure = None
        assert box.send(receiver).records == 3
        clock.now = START + timedelta(hours=2)
        assert box.record(page("4"))
        assert box.send(receiver, everything=True).records == 2
        assert box.counts()["too old"] == 0
    assert receiver.names() == list("01234")


def test_a_batch_is_not_older_than_its_records(tmp_path: Path) -> None:
    """A batch that is cut after the clock was put back bears the day of its records."""
    clock, receiver = Clock(), Receiver()
    with outbox(tmp_path, "usage", clock=clock) as box:
        box.record(page("one"))
        clock.on(days=-4000)
        box.send(receiver, everything=True)
    (data,) = receiver.batches.values()
    assert unpack(data).header.created == date(2026, 5, 11)


def test_periods_change_with_the_clock(tmp_path: Path) -> None:
    """In an outbox that runs on, records of two periods wait apart, and batches name theirs."""
    clock, receiver = Clock(), Receiver()
    keys = Keyring.generate(at=START, length=timedelta(days=30))
    with outbox(tmp_path, "usage", clock=clock, keys=keys) as box:
        box.record(page("one"))
        clock.on(days=31)
        keys.rotate(at=clock.now)
        box.record(page("two"))
        assert box.send(receiver, everything=True).batches == 2
    first, second = (unpack(data) for data in receiver.batches.values())
    assert [first.header.period, second.header.period] == [p.id for p in keys.periods]
    assert first.records[0]["user"] != second.records[0]["user"]


# --- many at once -------------------------------------------------------------------------------


def test_threads_share_an_outbox(tmp_path: Path) -> None:
    """Threads record into one outbox, and send from it, at the same time: all arrives once."""
    receiver = Receiver()
    with outbox(tmp_path, "usage", schedule=Schedule(every=None, records=20)) as box:
        stop = threading.Event()

        def record(who: int) -> None:
            for i in range(50):
                assert box.record(page(f"{who}-{i}"))

        def send() -> None:
            while not stop.is_set():
                box.send(receiver)

        senders = [threading.Thread(target=send) for _ in range(2)]
        writers = [threading.Thread(target=record, args=(who,)) for who in range(4)]
        for thread in (*senders, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        stop.set()
        for thread in senders:
            thread.join()
        box.send(receiver, everything=True)
    assert receiver.names() == sorted(f"{who}-{i}" for who in range(4) for i in range(50))


def test_threads_share_a_flush(tmp_path: Path) -> None:
    """What comes while another writes is written together, in one transaction."""
    with outbox(tmp_path, "usage") as box:
        commits = 0
        write = box._file.write

        def counted(work: Any) -> Any:
            nonlocal commits
            commits += 1
            return write(work)

        box._file.write = counted  # type: ignore[method-assign]
        with box._file.lock:
            threads = [threading.Thread(target=box.record, args=(page(str(i)),)) for i in range(8)]
            for thread in threads:
                thread.start()
            while len(box._pending) < 8:
                pass
        for thread in threads:
            thread.join()
        assert commits == 1
        assert len(list(box.records())) == 8


def test_all_who_share_a_flush_learn_that_it_failed(tmp_path: Path) -> None:
    """When writing for many fails or is interrupted, each caller gets an error."""
    with outbox(tmp_path, "usage") as box:
        problems: list[str] = []

        def record(i: int) -> None:
            try:
                box.record(page(str(i)))
            except (SendError, KeyboardInterrupt) as failure:
                problems.append(str(failure))

        for failure in (SendError("disk is full"), KeyboardInterrupt("stop")):

            def fail(_: Any, failure: BaseException = failure) -> None:
                raise failure

            box._file.write = fail  # type: ignore[method-assign]
            with box._file.lock:
                threads = [threading.Thread(target=record, args=(i,)) for i in range(3)]
                for thread in threads:
                    thread.start()
                while len(box._pending) < 3:
                    pass
            for thread in threads:
                thread.join()
    assert problems.count("disk is full") == 3
    assert len(problems) == 6


def test_a_child_writes_what_is_its_own(tmp_path: Path) -> None:
    """A process that forks while another thread records leaves that record to the parent."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("before"))
        from anonkit.send.outbox import _Ticket

        box._pending.append(_Ticket(1, box._origin_now, [("usage", b"")]))  # type: ignore[arg-type]
        box._pending[0].pid = -1  # as of the parent
        child = os.fork()
        if not child:
            try:
                done = box.record(page("child"))
            finally:
                os._exit(0 if done else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(box._pending) == 1
        assert box.record(page("after"))
        assert not box._pending
        assert [r["name"] for r in box.records()] == ["before", "child", "after"]


# --- consent that changes on the way ------------------------------------------------------------


def test_a_withdrawal_between_pipeline_and_disk_is_seen(tmp_path: Path) -> None:
    """What was anonymized while a purpose was in force is not kept once it is withdrawn."""
    with outbox(tmp_path, "usage", "support") as box:
        take = box._row

        def withdrawn(pipeline: Pipeline, origin: Origin, row: bytes) -> tuple[str, bytes]:
            box._row = take  # type: ignore[method-assign]
            with Consent(tmp_path / "consent.db") as other:
                other.withdraw("usage", role="user")
            return take(pipeline, origin, row)

        box._row = withdrawn  # type: ignore[method-assign]
        assert not box.record(page("planted"))
        assert box.waiting() == []
        assert on_disk(tmp_path, b"planted") == []


def test_a_field_is_withdrawn_between_pipeline_and_disk(tmp_path: Path) -> None:
    """When a field's purpose ends on the way, the record is kept without the field."""
    with outbox(tmp_path, "usage", "support") as box:
        take = box._row

        def withdrawn(pipeline: Pipeline, origin: Origin, row: bytes) -> tuple[str, bytes]:
            box._row = take  # type: ignore[method-assign]
            with Consent(tmp_path / "consent.db") as other:
                other.withdraw("support", role="user")
            return take(pipeline, origin, row)

        box._row = withdrawn  # type: ignore[method-assign]
        assert box.record(page("one", "planted"))
        assert [record["name"] for record in box.records()] == ["one"]
        assert on_disk(tmp_path, b"planted") == []


def test_what_was_withdrawn_and_granted_again_between_two_batches_is_gone(tmp_path: Path) -> None:
    """A withdrawal that did not reach the outbox is obeyed before the next batch is sent."""
    receiver = Receiver()
    with outbox(tmp_path, "usage", schedule=NOW) as box:
        box.record_all([page(str(i)) for i in range(6)])
        deliver = receiver.deliver

        def withdrawn(batch: str, data: bytes) -> None:
            deliver(batch, data)
            box._consent._append("usage", "withdrawn", "user", None, None)
            box._consent.grant("usage", role="user", notice="1", language="de")

        receiver.deliver = withdrawn  # type: ignore[method-assign]
        assert box.send(receiver).batches == 1
        assert box.waiting() == []
        assert box.counts()["withdrawn"] == 3


def test_deleting_gives_room_back(tmp_path: Path) -> None:
    """The file is written anew, so that nothing of what was deleted stays in it."""
    with outbox(tmp_path, "usage") as box:
        box.record_all([page(str(i) + "x" * 5000) for i in range(200)])
        assert box.purge() == 200
        assert (tmp_path / "outbox.db").stat().st_size < 100_000


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
def test_an_origin_that_cannot_be_read_is_damage(document: str) -> None:
    """A damaged origin is told from a sound one."""
    with pytest.raises(Damaged):
        Origin.read(document)


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
