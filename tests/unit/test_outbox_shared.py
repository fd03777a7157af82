"""An outbox under many hands: threads, forks, and a ledger that changes on the way."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from anonkit import Pipeline
from anonkit.errors import SendError
from anonkit.send import Consent, Outbox, Schedule
from anonkit.send.batch import Origin
from outboxes import Receiver, on_disk, outbox, page

NOW = Schedule(every=None, records=3)


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


def withdraw_on_the_way(box: Outbox, purpose: str) -> None:
    """Let a purpose be withdrawn once the next record is anonymized, and before it is kept."""
    take = box._row

    def withdrawn(pipeline: Pipeline, origin: Origin, row: bytes) -> tuple[str, bytes]:
        box._row = take  # type: ignore[method-assign]
        with Consent(box.path.with_name("consent.db")) as other:
            other.withdraw(purpose, role="user")
        return take(pipeline, origin, row)

    box._row = withdrawn  # type: ignore[method-assign]


def test_a_withdrawal_between_pipeline_and_disk_is_seen(tmp_path: Path) -> None:
    """What was anonymized while a purpose was in force is not kept once it is withdrawn."""
    with outbox(tmp_path, "usage", "support") as box:
        withdraw_on_the_way(box, "usage")
        assert not box.record(page("planted"))
        assert box.waiting() == []
        assert on_disk(tmp_path, b"planted") == []


def test_a_field_is_withdrawn_between_pipeline_and_disk(tmp_path: Path) -> None:
    """When a field's purpose ends on the way, the record is kept without the field."""
    with outbox(tmp_path, "usage", "support") as box:
        withdraw_on_the_way(box, "support")
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
