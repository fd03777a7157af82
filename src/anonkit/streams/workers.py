"""Several processes that share one run.

Workers are forked, so that they inherit keys and none is ever handed over, in arguments or on a
pipe. Tasks are given in turn, and their answers come back in the same order: what comes out is what
one process would have written. A worker writes what it makes to a part file that has no name and
only this run can read; the answer itself goes through a pipe.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
import tempfile
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from anonkit.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import Self

    from anonkit.streams.stop import Stop

# Parts that each worker may have ready, so that it works on while its answer waits for its turn.
AHEAD = 4
_LENGTH = struct.Struct("!Q")


def can_fork() -> bool:
    """Return whether the system has such processes."""
    return hasattr(os, "fork")


class _Worker(NamedTuple):
    process: int
    tasks: int  # descriptor
    answers: BinaryIO
    parts: tuple[BinaryIO, ...]


class Workers:
    """Forked processes, each of which does what it is told until nothing more comes.

    Args:
        count: How many.
        work: Does a task: is given its bytes and a part file, and returns an answer. With no task
            it returns the last answer.
        folder: Where part files are; None for the system's own place.
    """

    def __init__(
        self, count: int, work: Callable[[bytes, BinaryIO], bytes], folder: Path | None
    ) -> None:
        self._count = count
        self._work = work
        self._folder = folder
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        try:
            for _ in range(self._count):
                self._workers.append(self._forked())
        except OSError as failure:
            # Not the name of a part, which nobody knows.
            failure.filename = str(self._folder or tempfile.gettempdir())
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End those that are still there: they have nothing that is not wanted any more."""
        for worker in self._workers:
            with suppress(OSError):
                os.close(worker.tasks)
            worker.answers.close()
            with suppress(ProcessLookupError):
                os.kill(worker.process, signal.SIGKILL)
            os.waitpid(worker.process, 0)
            for part in worker.parts:
                part.close()
        self._workers.clear()

    def answers(self, tasks: Iterable[bytes], stop: Stop) -> Iterator[tuple[bytes, BinaryIO]]:
        """Yield the answer to each task, and what was made of it, in order."""
        remaining = enumerate(tasks)
        given = 0
        for _ in range(AHEAD * self._count):
            given += self._give(remaining)
        taken = 0
        while taken < given:
            worker = self._workers[taken % self._count]
            with stop.waiting():
                answer = self._answer(worker)
            part = worker.parts[taken // self._count % AHEAD]
            part.seek(0)
            yield answer, part
            taken += 1
            given += self._give(remaining)

    def last(self, stop: Stop) -> list[bytes]:
        """Return the last answer of each worker: there is no further task."""
        for worker in self._workers:
            _send(worker.tasks, b"")
        with stop.waiting():
            return [self._answer(worker) for worker in self._workers]

    def _give(self, remaining: Iterator[tuple[int, bytes]]) -> bool:
        """Give the next task to whose turn it is; return whether there was one."""
        for number, task in remaining:
            slot = number // self._count % AHEAD
            _send(self._workers[number % self._count].tasks, bytes((slot,)) + task)
            return True
        return False

    def _answer(self, worker: _Worker) -> bytes:
        answer = _received(worker.answers)
        if answer is None:
            raise StreamError("a worker ended before its work was done")
        return answer

    def _forked(self) -> _Worker:
        with ExitStack() as undo:  # when there is no room for another process
            parts = tuple(
                cast(
                    "BinaryIO",
                    undo.enter_context(tempfile.TemporaryFile(buffering=0, dir=self._folder)),
                )
                for _ in range(AHEAD)
            )
            pipes = *os.pipe(), *os.pipe()
            for end in pipes:
                undo.callback(os.close, end)
            sys.stderr.flush()
            process = os.fork()
            undo.pop_all()  # closed with the worker
        tasks_in, tasks_out, answers_in, answers_out = pipes
        if process == 0:  # pragma: no cover - another process
            status = 1
            try:
                for number in (signal.SIGINT, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)  # its parent says when it ends
                for number in (signal.SIGTERM, signal.SIGALRM):
                    signal.signal(number, signal.SIG_DFL)
                # Or the end of the parent would not be the end of what comes from it.
                for other in self._workers:
                    os.close(other.tasks)
                    other.answers.close()
                os.close(tasks_out)
                os.close(answers_in)
                with open(tasks_in, "rb") as tasks:  # noqa: PTH123 - a descriptor
                    self._serve(tasks, answers_out, parts)
                status = 0
            finally:
                os._exit(status)
        os.close(tasks_in)
        os.close(answers_out)
        return _Worker(process, tasks_out, open(answers_in, "rb"), parts)  # noqa: PTH123 - a descriptor

    def _serve(
        self, tasks: BinaryIO, answers: int, parts: tuple[BinaryIO, ...]
    ) -> None:  # pragma: no cover - another process
        while (task := _received(tasks)) is not None:
            part = parts[task[0]] if task else parts[0]
            part.seek(0)
            answer = self._work(task[1:], part)
            part.truncate()  # behind the work: what the system has of the file is written over
            _send(answers, answer)


def _send(descriptor: int, data: bytes) -> None:
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while view:
        view = view[os.write(descriptor, view) :]


def _received(file: BinaryIO) -> bytes | None:
    """Return what was sent, or None at the end."""
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = file.read(length)
    return data if len(data) == length else None
