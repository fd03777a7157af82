"""What one way of feeding a stream gives."""

from __future__ import annotations

from itertools import pairwise

from anonkit import Pipeline, Policy
from strategies import keyring


class Result:
    """What one way of feeding a stream gives."""

    def __init__(self, policy: Policy, form: str, pieces: list[bytes], cache: int = 4096) -> None:
        pipeline = Pipeline(policy, keys=keyring(), cache=cache)
        self.told: list[tuple[int, bytes]] = []
        lines = pipeline.lines(form, reject=lambda number, line: self.told.append((number, line)))
        self.output = b"".join(lines.feed(piece) for piece in pieces) + lines.finish()
        self.rejects: dict[int, bytes] = {}
        for number, line in self.told:
            self.rejects[number] = self.rejects.get(number, b"") + line
        self.report = pipeline.report.as_dict()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and (
            (self.output, self.rejects, self.report) == (other.output, other.rejects, other.report)
        )

    __hash__ = None  # type: ignore[assignment]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut bytes at places, in any order and even twice."""
    marks = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(marks)]
