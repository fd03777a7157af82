"""Law 7: nothing is sent without consent, whatever is granted, withdrawn, recorded and sent."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from anonkit.errors import Undelivered
from anonkit.send import Consent, Outbox, Schedule, Spool
from outboxes import Clock, Fault, Page, Receiver, on_disk, outbox

PURPOSES = st.sampled_from(["usage", "support"])


class Consented(RuleBasedStateMachine):
    """Grants, withdrawals, records and sends in any order, against what must be there."""

    @initialize(purposes=st.sets(PURPOSES))
    def begin(self, purposes: set[str]) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.box: Outbox = outbox(
            self.folder, clock=self.clock, schedule=Schedule(every=None, records=4)
        )
        self.ledger = Consent(self.folder / "consent.db", clock=self.clock)
        self.receiver = Receiver()
        self.receiver.stores = True
        self.in_force: set[str] = set()
        self.number = 0
        self.waits: dict[str, str] = {}  # name → its detail
        self.faults: set[str] = set()
        self.arrived: set[str] = set()
        for purpose in sorted(purposes):
            self.grant(purpose)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.box.close()
            self.ledger.close()
            shutil.rmtree(self.folder)

    @rule(purpose=PURPOSES)
    def grant(self, purpose: str) -> None:
        self.ledger.grant(purpose, role="user", notice="1", language="de")
        self.in_force.add(purpose)

    @precondition(lambda self: self.waits or self.faults)  # most withdrawals take something along
    @rule(purpose=PURPOSES)
    def withdraw_what_waits(self, purpose: str) -> None:
        self.withdraw(purpose)

    @rule(purpose=PURPOSES)
    def withdraw(self, purpose: str) -> None:
        self.ledger.withdraw(purpose, role="user")
        self.in_force.discard(purpose)
        gone = []
        if purpose == "usage":
            gone = [*self.waits, *filter(None, self.waits.values())]
            self.waits.clear()
        else:
            gone = [*self.faults, *filter(None, self.waits.values())]
            self.faults.clear()
            self.waits = dict.fromkeys(self.waits, "")
        # At once, with every file open: no byte of it is left.
        for needle in gone:
            assert on_disk(self.folder, needle.encode()) == []

    @rule(count=st.integers(1, 3))
    def record_pages(self, count: int) -> None:
        for _ in range(count):
            self.record_page()

    def record_page(self) -> None:
        self.number += 1
        name, detail = f"page-{self.number:06}-name", f"page-{self.number:06}-detail"
        kept = self.box.record(Page(name=name, user="ada", detail=detail))
        assert kept is ("usage" in self.in_force)
        if kept:
            self.waits[name] = detail if "support" in self.in_force else ""
        else:
            assert on_disk(self.folder, name.encode()) == []
        if "support" not in self.in_force:
            assert on_disk(self.folder, detail.encode()) == []

    @rule()
    def record_fault(self) -> None:
        self.number += 1
        name = f"fault-{self.number:06}-name"
        kept = self.box.record(Fault(name=name))
        assert kept is ("support" in self.in_force)
        if kept:
            self.faults.add(name)
        else:
            assert on_disk(self.folder, name.encode()) == []

    @rule(everything=st.booleans())
    def send(self, *, everything: bool) -> None:
        before = len(self.receiver.calls)
        sent = self.box.send(self.receiver, everything=everything)
        assert not sent.problems
        self.check_sent(before)
        if everything:
            assert not self.waits
            assert not self.faults

    @rule()
    def send_in_vain(self) -> None:
        """The receiver stores nothing and says no; what waits, waits on as batches."""
        before = len(self.receiver.calls)
        self.receiver.stores = False
        self.receiver.failure = Undelivered("no", refused=True)
        with Spool(self.folder / "outbox.db", clock=self.clock) as spool:
            spool.send(self.receiver, everything=True)
        self.receiver.stores, self.receiver.failure = True, None
        assert self.in_force or len(self.receiver.calls) == before

    @rule()
    def forget_the_process(self) -> None:
        """Another process goes on with the files."""
        self.box.close()
        pipeline = self.box._pipeline
        self.box = Outbox(
            self.folder / "outbox.db",
            pipeline,
            consent=Consent(self.folder / "consent.db", clock=self.clock),
            clock=self.clock,
            schedule=Schedule(every=None, records=4),
        )

    def check_sent(self, before: int) -> None:
        if not self.in_force:
            assert len(self.receiver.calls) == before
        for batch in self.receiver.calls[before:]:
            assert batch in self.receiver.batches
        for record in self.receiver.records():
            name = record["name"]
            if name in self.arrived:
                continue
            if record["type"] == "page":
                assert record.get("detail", "") == self.waits.pop(name)
            else:
                self.faults.remove(name)
            self.arrived.add(name)

    @precondition(lambda self: hasattr(self, "folder"))
    @invariant()
    def what_waits_is_what_was_agreed_to(self) -> None:
        waiting = list(self.box.records())
        pages = {r["name"]: r.get("detail", "") for r in waiting if r["type"] == "page"}
        assert pages == self.waits
        assert {r["name"] for r in waiting if r["type"] == "fault"} == self.faults


TestConsented = Consented.TestCase
TestConsented.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
