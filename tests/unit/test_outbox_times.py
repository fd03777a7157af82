"""When an outbox cuts, sends, tries again and gives way: schedules, waits, caps and clocks."""

from __future__ import annotations

import os
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from anonkit import Keyring
from anonkit.errors import KeyringError, SendError, Undelivered
from anonkit.pack import unpack
from anonkit.send import Backoff, Schedule, store
from outboxes import START, Clock, Receiver, outbox, page

NOW = Schedule(every=None, records=3)


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


def steps(folder: Path, batches: int, records: int) -> int:
    """Return in how many hundreds of steps SQLite cuts and sends so many batches."""
    folder.mkdir()
    with outbox(folder, "usage", schedule=Schedule(every=None, records=records)) as box:
        box.record_all([page(str(number)) for number in range(batches * records)])
        for file in (box._file, box._consent._file):  # steps are counted, not flushes
            file._ready().execute("PRAGMA synchronous = OFF")
        taken = 0

        def step() -> int:
            nonlocal taken
            taken += 1
            return 0

        box._file._ready().set_progress_handler(step, 100)
        receiver = Receiver()
        assert box.send(receiver).batches == batches
        assert len(receiver.calls) == batches
        return taken


@pytest.mark.parametrize("records", [1, 100])
def test_many_batches_cost_as_much_as_they_are(tmp_path: Path, records: int) -> None:
    """After a long time without a receiver, four times as much is sent in four times the steps."""
    batches = 200 // records + 40
    assert steps(tmp_path / "four", 4 * batches, records) < 6 * steps(
        tmp_path / "one", batches, records
    )
