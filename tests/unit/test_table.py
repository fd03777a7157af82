"""CSV: rows in place, the header, quotes, and what is withheld."""

from __future__ import annotations

import csv
import io
import json

import pytest

from anonkit import Pipeline, Policy
from anonkit.errors import FormatError
from anonkit.parse import lines as parse_lines
from anonkit.parse.column import Treatment
from anonkit.parse.names import CLASSES
from anonkit.parse.table import MOST_COLUMNS, MOST_KEPT, ROW_CLASSES, Table, fits
from anonkit.report import Report
from strategies import keyring

PRESET = Policy.preset("table")
KEEP = Policy.from_toml('[record.row]\nfields.id = "keep"\nfields.note = "keep"')


def left(text: str | bytes, policy: Policy = PRESET) -> tuple[str, dict[int, bytes], str]:
    """Return what leaves of a table, the rows withheld, and the rules that withheld anything."""
    data = text.encode() if isinstance(text, str) else text
    pipeline = Pipeline(policy, keys=keyring())
    rejected: dict[int, bytes] = {}
    stream = pipeline.lines("csv", reject=rejected.__setitem__)
    out = stream.feed(data) + stream.finish()
    told = pipeline.report.as_dict()
    rules = [f"{e['field']}: {e['rule']}" for e in told["withheld"] + told["omitted_fields"]]
    return out.decode(), rejected, ", ".join(rules)


def test_a_time_of_any_form_loses_its_seconds() -> None:
    """Cells with a time are cut as they are written; one that no stage reads goes, counted."""
    text = 'time,x,n\n5/11/2026 9:02:44 PM,"May 11, 2026 @ 09:02:44.1",7\n11. toukok. 9:02:44,,8\n'
    after = 'time,x,n\n5/11/2026 9:02:00 PM,"May 11, 2026 @ 09:02:00.0",7\n,,8\n'
    assert left(text) == (after, {}, "text: not a time")
    assert left('time,x,n\n"","",\n')[0] == 'time,x,n\n"","",\n'


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_is_kept_stays_byte_for_byte(separator: str, end: str, mark: str) -> None:
    """Quotes, line ends, separators and a byte order mark stay as they came."""
    rows = ["id,note", '1,"a ""b"""', '"2",', ',"x\ny"', "", '3,"; , \t |"', "4,\u00fc"]
    text = mark + end.join(row.replace(",", separator, 1) for row in rows)
    assert left(text, KEEP) == (text, {}, "")
    assert left(text + end, KEEP) == (text + end, {}, "")


def test_columns_go_by_their_names() -> None:
    """Under the preset each column is treated by what its name says, and unknown ones are scrubbed."""
    text = (
        "time,client_ip,user,email,phone,note,weight\n"
        '2026-05-11T09:02:44Z,203.0.113.7,ada,ada@example.org,"+49 30 1","from 203.0.113.7, ok",7\n'
    )
    out, rejected, rules = left(text)
    row = next(csv.reader(io.StringIO(out.partition("\n")[2])))
    assert row[:2] == ["2026-05-11T09:02:00Z", "203.0.113.0"]
    assert [len(cell.lstrip("'")) for cell in row[2:4]] == [22, 22]
    assert row[4:] == ["", "", "7"]  # a note is personal
    assert '"",""' in out
    assert (rejected, rules) == ({}, "")


def test_times_and_identifiers_are_told_by_their_cells() -> None:
    """A time loses its seconds in any form, and what nobody chose is a token in an open column."""
    text = (
        "time,at,x,weight,event_id\n"
        "12/Dec/2015:18:25:11 +0100,1447942991123,4bf92f3577b34da6a3ce929d0e0e4736,1447942991,4624\n"
    )
    row = left(text)[0].splitlines()[1].split(",")
    assert row[:2] + row[3:] == [
        "12/Dec/2015:18:25:00 +0100",
        "1447942980000",
        "1447942991",
        "4624",
    ]
    assert len(row[2]) == 22


@pytest.mark.parametrize(
    ("cell", "token"),
    [
        ("123e4567-e89b-12d3-a456-426614174000", True),
        ("123E4567-E89B-12D3-A456-426614174000", True),
        ("123e4567-e89b-12d3-a456-42661417400", False),
        ("00f067aa0ba902b7", True),
        ("00F067AA0BA902B7" * 16, True),
        ("00f067aa0ba902b", False),
        ("1234567812345678x", False),
        ("feedfacefeedfaced", False),
        ("KtFESQCnqw0a57qf8vqw", True),
        ("KtFESQCnqw0a57qf8vq", False),
        ("KtFESQ+nqw0/57qf8vqw6g==", True),
        ("KtFESQ-nqw0_57qf8vqw6g=", True),
        ("KtFESQCnqwxa-qf_vqwog", False),
        ("KtFESQCnqwxa-qf_vqwo9", False),
        ("ktfesqcnqw0a57qf8vqw", False),
        ("KTFESQCNQW0A57QF8VQW", False),
        ("com.example.HttpServerV2Request", False),
    ],
)
def test_an_identifier_is_told_by_its_form(cell: str, token: bool) -> None:  # noqa: FBT001
    """Hexadecimal, UUID and base64 that nobody chose are tokens where a name leaves it open."""
    out = left(f"time,x\n,{cell}\n")[0].splitlines()[1][1:]
    line = value_of(f'{{"x":"{cell}"}}')
    assert (len(out.lstrip("'")) == 22 and out != cell) == token
    assert (len(line) == 22 and line != cell) == token


def value_of(line: str) -> str:
    """Return what leaves of the member of a JSON line."""
    stream = Pipeline(Policy.preset("json"), keys=keyring()).lines("json")
    member = json.loads(stream.feed(line.encode() + b"\n") + stream.finish())["x"]
    assert isinstance(member, str)
    return member


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("20151212T182511+01:00", "20151212T182500+01:00"),
        ("20151212T182511.123Z", "20151212T182500.000Z"),
        ("20151212T1825Z", "20151212T1825Z"),
        ("2015-12-12 18:25:11.5+01", "2015-12-12 18:25:00.0+01"),
    ],
)
def test_times_with_every_zone_lose_their_seconds(before: str, after: str) -> None:
    """A compact time, or one whose zone is of hours alone, is a time under any name."""
    text = f"time,x,user\n{before},{before},{before}\n"
    assert left(text)[0].splitlines()[1] == f"{after},{after},{after}"


def test_the_target_of_a_request_in_text_is_an_address() -> None:
    """A request, or a line of an access log, leaves without query and identifiers."""
    asked = "GET /account/4711/x?q=Zebulon HTTP/1.1"
    text = f'level,request,log\n1,{asked},"192.0.2.1 ""{asked}"" 200"\n'
    assert left(text)[0].splitlines()[1] == (
        '1,GET /account/:id/x HTTP/1.1,"[IPV4] ""GET /account/:id/x HTTP/1.1"" 200"'
    )
    bare = Policy.from_toml("[record.any_row]\nfields.text = 'keep'")
    assert left(text, bare)[0].splitlines()[1] == (
        '1,GET - HTTP/1.1,"192.0.2.1 ""GET - HTTP/1.1"" 200"'
    )
    kept = Policy.from_toml("[record.any_row]\nfields.text = 'keep'\nfields.url = 'keep'")
    assert left(text, kept)[0] == text


def test_results_are_quoted_where_they_must_be() -> None:
    """A result keeps the quotes of its cell, and gets them when it holds a separator or a quote."""
    text = 'id,msg\n1,"mail ada@example.org"\n2,mail ada@example.org\n3,"a,ada@example.org"\n'
    assert left(text)[0] == 'id,msg\n1,"mail [EMAIL]"\n2,mail [EMAIL]\n3,"a,[EMAIL]"\n'
    lists = "id;ip\n1;203.0.113.7,198.51.100.7\n"
    assert left(lists)[0] == "id;ip\n1;203.0.113.0, 198.51.100.0\n"
    bars = 'id,ip\n1,"203.0.113.7, 198.51.100.7"\n'
    assert left(bars)[0] == 'id,ip\n1,"203.0.113.0, 198.51.100.0"\n'


def test_no_result_runs_in_a_spreadsheet() -> None:
    """A token that begins with a sign of a formula has an apostrophe before it; a cell stays as it was."""
    rows = "".join(f"u{number}\n" for number in range(400))
    cells = left("user\n" + rows)[0].splitlines()[1:]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert [cell for cell in cells if cell.startswith("'-")]
    assert left("id,note\n=1+1,-2\n", KEEP)[0] == "id,note\n=1+1,-2\n"


def test_a_policy_may_name_columns() -> None:
    """Fields of `row` are columns by name; others are emptied and counted, numbers and times are read."""
    policy = Policy.from_toml(
        "[record.row]\nfields.at = { generalize = \"1h\" }\nfields.'cost\\.net' = { generalize = { step = 10 } }\n"
        'fields."full name" = "pseudonymize"\nfields.rate = { generalize = { step = 0.5 } }'
    )
    text = 'at,cost.net,full name,rate,other\n2026-05-11T09:02:44Z,17,Ada,1.7,"x"\n2026-05-11 09:02,,,,\n'
    pipeline = Pipeline(policy, keys=keyring())
    stream = pipeline.lines("csv")
    out = (stream.feed(text.encode()) + stream.finish()).decode()
    header, first, second = out.splitlines()
    assert header == "at,cost.net,full name,rate,other"
    assert first.startswith("2026-05-11T09:00:00+00:00,10,")
    assert first.endswith(',1.5,""')
    assert second.endswith(",,,,")
    assert pipeline.report.as_dict()["undeclared_fields"] == {"row": 2}
    _, rejected, rules = left(text.replace("17", "x"), policy)
    assert list(rejected) == [2]
    assert rules == "cost\\.net: not a number"
    assert left(text.replace("05-11T", "15-11T"), policy)[2] == "at: not a time"


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("1", "not as many cells as columns"),
        ("1,2,3", "not as many cells as columns"),
        ('a"b,2', "a quote in the middle of a cell"),
        ('"a"b,2', "a quote in the middle of a cell"),
        ("1,\0", "a NUL character"),
        ("1,a\rb", "a line end in the middle of a cell"),
        (b"1,\xff", "not UTF-8"),
        ('1,"a', "a quote is not closed"),
    ],
)
def test_a_row_that_can_be_read_in_two_ways_is_withheld(row: str | bytes, rule: str) -> None:
    """Ragged, broken and binary rows do not leave, and take no other row along."""
    data = row.encode() if isinstance(row, str) else row
    for policy in (KEEP, PRESET):
        table = b"id,note\n1,x\n" + data
        before = left(b"id,note\n1,x\n", policy)[0]
        assert left(table, policy) == (before, {3: data}, f": {rule}")
        if "closed" not in rule:
            out, rejected, _ = left(table + b"\n1,x\n", policy)
            assert out == before + before.partition("\n")[2]
            assert list(rejected) == [3]


@pytest.mark.parametrize(
    "first",
    [
        "2026-05-11,ada", "1,2", "ada@example.org,x", "id,,note", ",", "true,false", "foo,bar",
        '"a"b,c', "id,\0", "id,note;x", b"id,\xff",
    ],
)  # fmt: skip
def test_a_table_without_a_header_is_refused(first: str | bytes) -> None:
    """A first row that names no columns is refused, with a way to name them, and never quoted."""
    data = first.encode() if isinstance(first, str) else first
    for end in (b"\n1,2\n", b""):
        with pytest.raises(FormatError, match="the first row") as caught:
            left(data + end)
        assert caught.value.hint
        assert "ada" not in str(caught.value)


def test_a_table_has_a_number_of_columns() -> None:
    """A header of 4,096 names is one, of more it is none."""
    header = ",".join(["id", *(f"c{number}" for number in range(MOST_COLUMNS - 1))])
    assert left(header + "\n")[0] == header + "\n"
    with pytest.raises(FormatError, match="the first row does not name the columns"):
        left(header + ",more\n")


def test_rows_before_the_header_are_counted() -> None:
    """The number of a withheld row is its line in the file, blank rows before the header too."""
    assert left("\n\nid,note\n1\n2,x\n", KEEP)[1] == {4: b"1\n"}


def test_a_row_without_end_takes_no_memory() -> None:
    """What is over the limit goes on to who asked for it, piece by piece, and is not held."""
    pieces: list[int] = []
    table = Pipeline(KEEP).lines("csv", reject=lambda _, row: pieces.append(len(row)))
    table.feed(b"id,note\n1,")
    for _ in range(20):
        table.feed(b"x" * parse_lines.LONGEST_LINE)
    assert sum(pieces) >= 19 * parse_lines.LONGEST_LINE


def test_a_policy_that_names_no_column_of_the_table_is_refused() -> None:
    """A column that the policy means and the table does not have is an error, not a column less."""
    with pytest.raises(FormatError, match=r"record.row.fields.note: no column of the table"):
        left("id,other\n1,2\n", KEEP)


def test_names_of_columns_that_look_like_values_go() -> None:
    """The header leaves, but for names that are finds or no plain names."""
    text = '\n\r\n,user,Grace Hopper,call +49 30 901820 now,x#y,"a,b"\n'
    assert left(text)[0] == "\n\r\n,user,[COLUMN],[COLUMN],x#y,[COLUMN]\n"
    no_text = Policy.from_toml('[record.any_row]\nfields.user = "pseudonymize"')
    assert left("user,weight\n", no_text)[0] == "user,[COLUMN]\n"
    kept = Policy.from_toml('[record.any_row]\nfields.text = "keep"')
    assert left("user,weight\nada,7\n", kept)[0] == "user,weight\n,7\n"


def test_names_of_columns_made_of_known_words_stay() -> None:
    """A header says what its columns are, whether its words stand in the table of names together."""
    header = '"client ip",Session ID,client of Ada,remote user name,Date and Time'
    assert left(header + "\n")[0] == header.replace("client of Ada", "[COLUMN]") + "\n"


def test_many_columns_remember_no_more_than_few() -> None:
    """What a table remembers is bounded for all its columns together."""
    columns, rows = 64, 600
    table = Table({"user": Treatment(str.upper)}, Report(), cache=4096)
    table.feed((",".join(f"user{number}" for number in range(columns)) + "\n").encode())
    for row in range(rows):
        table.feed((",".join(f"u{row}x{number}" for number in range(columns)) + "\n").encode())
    remembered = sum(len(column.kept) for column in table._columns)
    assert 0 < remembered <= MOST_KEPT < columns * rows


def test_blanks_around_a_name_are_none_of_it() -> None:
    """A name is known behind the blank that some put behind a comma, which stays."""
    assert fits([b"user, ip, msg", b"a, b, c"]) == 2
    out, *_ = left("user, ip, pw\nada, 203.0.113.7, hunter2\n")
    assert out.startswith("user, ip, pw\n")
    assert "203.0.113.7" not in out
    assert "hunter2" not in out


def test_a_refused_cell_is_emptied_or_takes_its_row_along() -> None:
    """The policy says whether a cell that its stage refuses takes the row along."""
    text = "id,ip\n1,nowhere\n2,203.0.113.7\n"
    assert left(text) == ("id,ip\n1,\n2,203.0.113.0\n", {}, "address: not an address")
    strict = Policy.from_toml('[record.row]\nfields.id = "keep"\nfields.ip = "truncate"')
    assert left(text, strict)[:2] == ("id,ip\n2,203.0.113.0\n", {2: b"1,nowhere\n"})


def test_a_stage_that_gives_what_no_cell_holds_is_refused() -> None:
    """A result with a NUL cannot stand in a table."""
    report = Report()
    table = Table({"id": Treatment(lambda _: "\0")}, report, cache=9, record="row")
    assert table.feed(b"id\nx\n") == b"id\n"
    assert report.records_withheld == 1


@pytest.mark.parametrize("size", [-1, 0, 1, 300_000])
def test_the_limit_of_a_row_is_its_own(size: int) -> None:
    """A row over 1 MiB is withheld whole and counted once, however it arrives; one under it leaves."""
    row = b'1,"' + b"x\n" * ((parse_lines.LONGEST_LINE - 4 + size) // 2)
    row += b"y" * (parse_lines.LONGEST_LINE + size - len(row) - 1) + b'"\n'
    assert len(row) - 1 == parse_lines.LONGEST_LINE + size
    stream = b"id,note\n1,a\n" + row + b"2,b\n"
    seen = []
    for step in (len(stream), 1 << 16, 99_991):
        pipeline = Pipeline(KEEP)
        rejected: dict[int, bytes] = {}

        def reject(number: int, data: bytes, kept: dict[int, bytes] = rejected) -> None:
            kept[number] = kept.get(number, b"") + data

        table = pipeline.lines("csv", reject=reject)
        out = b"".join(table.feed(stream[at : at + step]) for at in range(0, len(stream), step))
        out += table.finish()
        seen.append((out, rejected, pipeline.report.as_dict()))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1] == ({3: row} if size > 0 else {})
    assert pipeline.report.records_out == (2 if size > 0 else 3)
    unended = Pipeline(KEEP)
    table = unended.lines("csv")
    assert table.feed(stream[: len(stream) - 6] + b"x" * size) + table.finish()
    assert unended.report.records_withheld == 1


def test_a_destroyed_key_ends_the_stream() -> None:
    """After its key is gone a stream remembers nothing, and withholds what follows."""
    ring = keyring()
    stream = Pipeline(PRESET, keys=ring).lines("csv")
    assert stream.feed(b"user\nada\n")
    ring.destroy(ring.periods[0].id)
    assert stream.feed(b"ada\n") == b""
    unused = Pipeline(PRESET, keys=keyring()).lines("csv")
    unused.forget()
    assert unused.feed(b"user\nada\n") == b"user\n"


def test_a_table_is_told_by_its_header() -> None:
    """Rows as wide as a plain, known header tell a table; lines of other formats do not."""
    assert fits([b"time,client", b"1,2", b"3", b'"x']) == 3
    assert fits([b"\xef\xbb\xbftime;client"]) == 1
    assert fits([b",time,client", b"0,1,2"]) == 2
    for sample in (
        [b"time"],
        [b"foo,bar"],
        [b'{"a":1,"time":2}'],
        [b"a,b;c"],
        [b"time,\xff"],
        [b"1,time"],
        [b"time,,client"],
        [b"a b = {c};,time"],
        [b"time,a b = {c};"],
    ):
        assert fits(sample) == 0


def test_the_preset_speaks_of_every_class() -> None:
    """The classes that a cell can have and those of the preset are the same."""
    assert set(PRESET.records["any_row"].fields) == set(ROW_CLASSES) < set(CLASSES)
