"""The fast form of a plan: one function per record type, written out and compiled once.

In the trials before the design a generic walk cost nine times a typed decode and encode, closures
per field six times, and this three; `make bench` prints today's figure. The functions do what
`walk.py` does for a record that is plainly in order, and raise anything at all for every other one,
which `walk.py` then treats: speed here, judgement there.

What is compiled consists of fixed words, numbers, the `repr` of text and the expressions that
stages write themselves: no name or value of a policy becomes code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import UNSET

from anonkit.policy.paths import is_dropped, stays_behind
from anonkit.policy.plan import Memo
from anonkit.policy.walk import PLAIN_NAME, TYPE_FIELD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anonkit.policy.paths import Tree
    from anonkit.policy.plan import Leaf, RecordPlan

# How a record comes: a dict; an event; or a struct that the JSON decoder made and so has checked.
Reader = Literal["dict", "event", "decoded"]
# Names of undeclared fields that came in a record type, by the path of their object.
Learned: TypeAlias = "dict[str, tuple[str, ...]]"


class NotPlain(Exception):  # noqa: N818 - a turn in the road, not a fault
    """The record is not plainly in order: `walk.py` takes it from here."""


def plain_name(name: Any) -> str:
    """Return a name that may leave untreated."""
    if name.__class__ is str and PLAIN_NAME.fullmatch(name):
        return str(name)
    raise NotPlain


class Writer:
    """Writes the function for one record type, reader and form.

    Args:
        plan: The leaves.
        reader: How records come.
        packed: Give tuples with raw bytes instead of dicts with text.
        cache: How many values each costly field remembers; 0 for none.
        memos: The caches by their field: functions for one form of output share them, and they can
            be emptied with their key.
    """

    def __init__(
        self, plan: RecordPlan, reader: Reader, *, packed: bool, cache: int, memos: dict[str, Memo]
    ) -> None:
        self._plan = plan
        self._packed = packed
        self._cache = cache
        self._memos = memos
        self._names: dict[str, Any] = {"UNSET": UNSET, "NotPlain": NotPlain}
        self._source: list[str] = []
        self._entry = self._object(plan.tree, reader, root=True)

    def function(self) -> Callable[[Any], Any]:
        """Return the function from a record to what may leave of it."""
        code = compile("\n".join(self._source), f"<anonkit plan: {self._plan.name}>", "exec")
        exec(code, self._names)  # noqa: S102 - the module docstring says what it consists of
        function: Callable[[Any], Any] = self._names[self._entry]
        return function

    def _object(self, place: Tree[Leaf], reader: Reader, *, root: bool = False) -> str:
        """Write the function for an object, and return its name."""
        lines = []
        if place.rest is not None and place.children and reader == "decoded":
            reader = "dict"  # decoded without a type: its parts are of several
        if reader != "decoded" and not root:
            # What else has such names or attributes is not what was declared.
            is_dict = reader == "dict" or place.rest is not None
            expected = dict if is_dict else self._plan.slot(place.path).struct
            lines.append(f"if r.__class__ is not {self._bind(expected)}: raise NotPlain")
            if is_dict and place.rest is None:
                declared = self._bind(frozenset(place.children))
                lines.append(f"if not r.keys() <= {declared}: raise NotPlain")
        values = []
        for index, (name, below) in enumerate(place.children.items()):
            if not is_dropped(below):
                variable = f"v{index}"
                read = self._read(name, below, reader, index)
                lines.append(f"{variable} = {read}")
                lines += self._guarded(below, variable, reader)
                values.append((name, variable, not self._plan.slot(below.path).required))
        if place.rest is not None:
            lines += self._rest(place, reader)
        lines += self._returned(values, rest=place.rest is not None, root=root)
        return self._define("r", lines)

    def _read(self, name: str, below: Tree[Leaf], reader: Reader, index: int) -> str:
        slot = self._plan.slot(below.path)
        if reader == "decoded":
            return f"r.{decoded_name(index)}"
        if reader == "event":
            return f"r.{slot.attribute}"
        return f"r[{name!r}]" if slot.required else f"r.get({name!r}, UNSET)"

    def _guarded(self, place: Tree[Leaf], variable: str, reader: Reader) -> list[str]:
        """Write how a part is treated, if there is one."""
        slot = self._plan.slot(place.path)
        there = []
        if not slot.required:
            there.append(f"{variable} is not UNSET")
        if slot.nullable:
            there.append(f"{variable} is not None")
        treated = self._treated(place, variable, reader)
        if treated and there:
            treated = [f"if {' and '.join(there)}:", *(f"    {line}" for line in treated)]
        if self._packed and not slot.required:
            treated.append(f"if {variable} is UNSET: {variable} = None")
        return treated

    def _treated(self, place: Tree[Leaf], variable: str, reader: Reader) -> list[str]:
        """Write the lines that put what may leave of a value in its place."""
        if place.field is not None:
            return self._leaf(place.field, variable, checked=reader != "decoded")
        if place.item is not None:
            return [
                f"if {variable}.__class__ is not list: raise NotPlain",
                f"{variable} = [{self._part(place.item, reader)}(x) for x in {variable}]",
            ]
        return [f"{variable} = {self._object(place, reader)}({variable})"]

    def _leaf(self, leaf: Leaf, variable: str, *, checked: bool) -> list[str]:
        lines = []
        if checked:
            convert = self._bind(leaf.convert)
            if len(leaf.classes) == 1:
                (only,) = leaf.classes
                test = f"is not {self._bind(only)}"
            else:
                test = f"not in {self._bind(leaf.classes)}"
            lines.append(f"if {variable}.__class__ {test}: {variable} = {convert}({variable})")
        if leaf.kept:
            return lines
        chain = leaf.chain(packed=self._packed)
        inline = leaf.inline(packed=self._packed)
        if inline is not None:
            self._names |= inline.names
            source = inline.source.format(v=variable, f=self._bind(chain))
            return [*lines, f"{variable} = {source}"]
        if leaf.costly and self._cache:
            memo = self._memos.get(leaf.path) or Memo(chain, self._cache)
            self._memos[leaf.path] = memo
            get, miss = self._bind(memo.kept.get), self._bind(memo.miss)
            return [*lines, f"{variable} = {get}({variable}) or {miss}({variable})"]
        return [*lines, f"{variable} = {self._bind(chain)}({variable})"]

    def _part(self, place: Tree[Leaf], reader: Reader) -> str:
        """Write the function for an item or a `*` value, and return its name."""
        return self._define("v", [*self._guarded(place, "v", reader), "return v"])

    def _rest(self, place: Tree[Leaf], reader: Reader) -> list[str]:
        """Write the loop over the parts that only `*` speaks for."""
        rest: Any = place.rest
        if stays_behind(place):
            return ["rest = {}"]
        known = frozenset(place.children)
        name = self._bind(plain_name)
        if place.names is not None:
            lines = [*self._leaf(place.names, "v", checked=True), "return v"]
            name = self._define("v", lines)
        return [
            "rest = {}",
            "for k, x in r.items():",
            f"    if k not in {self._bind(known)}: rest[{name}(k)] = {self._part(rest, reader)}(x)",
        ]

    def _returned(
        self, values: Sequence[tuple[str, str, bool]], *, rest: bool, root: bool
    ) -> list[str]:
        if self._packed:
            parts = [variable for _, variable, _ in values] + (["rest"] if rest else [])
            parts = [repr(self._plan.name), *parts] if root and self._plan.typed else parts
            return [f"return ({', '.join(parts)},)" if parts else "return ()"]
        # One literal while every part is there, then part by part.
        typed = root and self._plan.typed
        fixed = [f"{TYPE_FIELD!r}: {self._plan.name!r}"] if typed else []
        later = list(values)
        while later and not later[0][2]:
            name, variable, _ = later.pop(0)
            fixed.append(f"{name!r}: {variable}")
        lines = [f"out = {{{', '.join(fixed)}}}"]
        for name, variable, optional in later:
            guard = f"if {variable} is not UNSET: " if optional else ""
            lines.append(f"{guard}out[{name!r}] = {variable}")
        if rest:
            lines.append("out.update(rest)")
        return [*lines, "return out"]

    def _bind(self, value: Any) -> str:
        """Make a value known to the code, and return its name there."""
        name = f"n{len(self._names)}"
        self._names[name] = value
        return name

    def _define(self, parameter: str, lines: Sequence[str]) -> str:
        """Add a function to the code, and return its name."""
        name = f"f{len(self._source)}"
        body = "\n".join(f"    {line}" for line in lines)
        self._source.append(f"def {name}({parameter}):\n{body}")
        return name


def decoded_name(index: int) -> str:
    """Return the attribute of the part at a position in a decoded struct."""
    return f"f{index}"


def learned_name(index: int) -> str:
    """Return the attribute of an undeclared part in a decoded struct."""
    return f"u{index}"


def counter(plan: RecordPlan, learned: Learned) -> Callable[[Any, Any], int]:
    """Return the function that counts the undeclared fields of a record, by its decoded struct."""
    names: dict[str, Any] = {"UNSET": UNSET}
    body = "\n".join(f"    {line}" for line in _counted(plan.tree, learned, "r", 0))
    source = f"def count(_, r):\n    n = 0\n{body}\n    return n"
    exec(compile(source, f"<anonkit count: {plan.name}>", "exec"), names)  # noqa: S102 - as above
    function: Callable[[Any, Any], int] = names["count"]
    return function


def _counted(place: Tree[Leaf], learned: Learned, variable: str, depth: int) -> list[str]:
    """Write the lines that count below a place."""
    several = f"{variable}.values()" if place.item is None else variable
    if (part := place.item or place.rest) is not None:
        if place.children:  # decoded without a type, and then nothing is undeclared in it
            return []
        inner = _counted(part, learned, f"x{depth}", depth + 1)
        lines = [f"if x{depth} is not None:", *(f"    {line}" for line in inner)]
        return [f"for x{depth} in {several}:", *(f"    {line}" for line in lines)] if inner else []
    lines = [
        f"if {variable}.{learned_name(index)}: n += 1"
        for index in range(len(learned.get(place.path, ())))
    ]
    for index, below in enumerate(place.children.values()):
        inner = [] if is_dropped(below) else _counted(below, learned, f"v{depth}", depth + 1)
        if inner:
            lines.append(f"v{depth} = {variable}.{decoded_name(index)}")
            lines.append(f"if v{depth} is not UNSET and v{depth} is not None:")
            lines += [f"    {line}" for line in inner]
    return lines
