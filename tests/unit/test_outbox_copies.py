"""An older copy that was put back, of the outbox or of its ledger, brings nothing back."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from anonkit.errors import SendError
from anonkit.send import Consent, Spool
from outboxes import START, Clock, Fault, Receiver, agreed, on_disk, outbox, page


@pytest.mark.parametrize("cut", [False, True])
def test_a_copy_that_is_put_back_sends_nothing_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, cut: bool
) -> None:  # fmt: skip
    """What waits in an older copy of the file may have arrived: the copy is put aside."""
    receiver = Receiver()
    with outbox(tmp_path, "usage") as box:
        box.record_all([page("one"), page("two")])
        if cut:
            box.cut(everything=True)
    copy = (tmp_path / "outbox.db").read_bytes()
    with outbox(tmp_path) as box:
        box.record(page("three"))
        box.send(receiver, everything=True)
    (tmp_path / "outbox.db").write_bytes(copy)
    with caplog.at_level(logging.ERROR), outbox(tmp_path) as box:
        assert box.record(page("four"))
        box.send(receiver, everything=True)
        assert box.counts()["damaged"] == 1
    assert receiver.names() == ["four", "one", "three", "two"]
    assert "it was put back from a copy" in caplog.text


def test_a_copy_of_which_nothing_left_goes_on(tmp_path: Path) -> None:
    """A copy is as good as its file until a batch leaves that the copy does not know."""
    receiver = Receiver()
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        box.send(receiver, everything=True)
        box.record(page("two"))
    copy = (tmp_path / "outbox.db").read_bytes()
    with outbox(tmp_path) as box:
        box.record(page("three"))
    (tmp_path / "outbox.db").write_bytes(copy)
    with outbox(tmp_path) as box:
        box.send(receiver, everything=True)
        assert box.damaged == []
    assert receiver.names() == ["one", "two"]


def test_another_ledger_that_says_no_empties_the_outbox(tmp_path: Path) -> None:
    """What another ledger has withdrawn is erased, also what was agreed to in the first."""
    with outbox(tmp_path, "usage", "support") as box:
        box.record_all([page("one"), Fault(name="two")])
    with Consent(tmp_path / "new.db") as consent:
        for purpose in ("usage", "support"):
            consent.grant(purpose, role="user", notice="1", language="de")
        consent.withdraw("usage", role="user")
        with Spool(tmp_path / "outbox.db", consent=consent) as spool:
            receiver = Receiver()
            assert spool.send(receiver, everything=True).records == 1
            assert receiver.names() == ["two"]
    assert on_disk(tmp_path, b"one") == []


@pytest.mark.parametrize("later", [(), ("support",)])
def test_a_ledger_that_was_put_back_is_noticed(tmp_path: Path, later: tuple[str, ...]) -> None:
    """An older copy of the ledger brings no consent back, however many decisions follow in it."""
    with agreed(tmp_path, "usage") as consent:
        pass
    copy = (tmp_path / "consent.db").read_bytes()
    with outbox(tmp_path) as box:
        box.record(page("one"))
        box._consent.withdraw("usage", role="user")
        box._consent.close()
    (tmp_path / "consent.db").write_bytes(copy)
    with agreed(tmp_path, *later) as consent:
        with pytest.raises(SendError, match="was it put back from a copy") as failure:
            outbox(tmp_path)
        assert failure.value.hint is not None
        with Spool(tmp_path / "outbox.db", consent=consent) as spool:
            with pytest.raises(SendError, match="lacks a decision"):
                spool.send(Receiver(), everything=True)
            assert spool.purge() == 0
        with outbox(tmp_path) as box:  # somebody has looked at it
            assert box.record(page("two"))


def test_a_ledger_that_is_replaced_under_an_open_outbox_is_noticed(tmp_path: Path) -> None:
    """With as many decisions, another ledger is another: what waits is not sent by what it says."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        for file in tmp_path.glob("consent.db*"):
            file.unlink()
        with agreed(tmp_path, "usage", clock=Clock(START + timedelta(days=1))):
            pass
        receiver = Receiver()
        with pytest.raises(SendError, match="lacks a decision"):
            box.send(receiver, everything=True)
        with pytest.raises(SendError, match="lacks a decision"):
            box.record(page("two"))
    assert receiver.batches == {}
