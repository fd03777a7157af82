"""Folder, HTTPS and stick: what each acknowledges, and what each says when it cannot."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import ssl
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from anonkit.errors import SendError, Undelivered
from anonkit.pack import About, Leaf, Object, Schema, pack
from anonkit.send import Folder, Https, Inbox, Spool, carry_out, https, take_in
from outboxes import outbox, page
from servers import Answer, acknowledge, answer, seen, server

ID = "0123456789abcdef" * 2
PACK = pack(
    [{"name": "planted"}],
    Schema({"": Object({"name": Leaf()})}),
    About(policy="0" * 16, created=dt.date(2026, 5, 11)),
)


def problem(reply: Answer, **options: float) -> Undelivered:
    """Return what delivering says when a server replies so."""
    with server(reply) as url, pytest.raises(Undelivered) as failure:
        Https(url, **options).deliver(ID, PACK)  # type: ignore[arg-type]
    assert "planted" not in str(failure.value)
    return failure.value


def test_a_batch_is_posted_to_its_address() -> None:
    """The bytes arrive with digest and headers, and the answer's id is the acknowledgement."""
    got: list[tuple[str, bytes]] = []

    def reply(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        got.append((handler.path, data))
        acknowledge(handler, data)

    with server(reply) as url:
        transport = Https(url + "/", headers={"Authorization": "Bearer s3cret"})
        transport.deliver(ID, PACK)
        assert repr(transport) == "<Https 127.0.0.1>"
    assert got == [(f"/batches/{ID}", PACK)]
    assert seen[-1]["Authorization"] == "Bearer s3cret"
    assert seen[-1]["Content-Digest"].startswith("sha-256=:")


@pytest.mark.parametrize(
    ("status", "refused"),
    [(400, True), (413, True), (415, True), (422, True), (401, False), (429, False), (500, False)],
)
def test_a_status_is_no_acknowledgement(status: int, refused: bool) -> None:  # noqa: FBT001
    """Any other status leaves the batch; some say that this batch alone is not wanted."""
    failure = problem(lambda handler, _: answer(handler, status, b'{"batch": "%s"}' % ID.encode()))
    assert str(failure) == f"the receiver answered {status}"
    assert failure.refused is refused


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{}", b"[]", b'{"batch": "other"}', b"[" * 3000, b'{"batch": null}', b"\xff"],
)
def test_an_answer_that_does_not_name_the_batch_is_none(body: bytes) -> None:
    """A page that says 200 without the id, as of a hotel's network, is no acknowledgement."""
    failure = problem(lambda handler, _: answer(handler, 200, body))
    assert str(failure) == "the receiver answered 200 and did not name the batch"


def test_no_redirect_is_followed() -> None:
    """A batch goes to no other address than the one that was given."""
    with server(acknowledge) as other:

        def reply(handler: BaseHTTPRequestHandler, _: bytes) -> None:
            answer(handler, 307, Location=f"{other}/{ID}")

        count = len(seen)
        assert str(problem(reply)) == "the receiver answered 307"
        assert len(seen) == count + 1


def test_a_long_answer_is_not_read() -> None:
    """An answer without end is left after its first bytes, and one that drips after its time."""

    def flood(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 1000)

    def drip(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.02)

    for reply in (flood, drip):
        assert "did not name the batch" in str(problem(reply, seconds=0.1))


def test_what_goes_wrong_on_the_way_is_said() -> None:
    """Nobody there, no answer in time, a cut connection and a refusing proxy have their words."""
    with pytest.raises(Undelivered, match="the receiver cannot be reached"):
        Https("http://127.0.0.1:1/x").deliver(ID, PACK)
    slow = problem(lambda *_: time.sleep(0.5), seconds=0.1)
    assert str(slow) == "the receiver did not answer in time"
    assert str(problem(lambda *_: None)) == "the connection broke"
    with server(acknowledge) as url, pytest.raises(Undelivered, match="the proxy refused"):
        # A server that does not know CONNECT answers 501.
        Https("https://receiver.example.com/", proxy=url).deliver(ID, PACK)


@pytest.mark.parametrize(
    ("url", "problem_"),
    [
        ("http://receiver.example.com/", "begins with https://"),
        ("ftp://localhost/", "begins with https://"),
        ("https:///batches", "begins with https://"),
        ("receiver.example.com", "begins with https://"),
        ("https://ada:secret@receiver.example.com/", "has no user, query or fragment"),
        ("https://receiver.example.com/?key=secret", "has no user, query or fragment"),
        ("https://[::1/secret", "begins with https://"),
        ("https://receiver.example.com:99999/secret", "begins with https://"),
        ("https://receiver.example.com:0/secret", "begins with https://"),
        ("https://receiver.example.com/secret\nx", "ASCII without blanks"),
        ("https://receiver.example.com/secret x", "ASCII without blanks"),
        ("https://müller.example/secret", "ASCII without blanks"),
    ],
)
def test_a_url_is_checked(url: str, problem_: str) -> None:
    """Without TLS nothing leaves the machine, and a secret does not stand in a URL."""
    with pytest.raises(SendError, match=problem_) as failure:
        Https(url)
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    ("options", "problem_"),
    [
        ({"proxy": "secret"}, "a proxy's URL begins with"),
        ({"proxy": "socks9://secret"}, "a proxy's URL begins with"),
        ({"proxy": "http://[secret"}, "a proxy's URL begins with"),
        ({"proxy": "http://proxy:secret"}, "a proxy's URL begins with"),
        ({"headers": {"Authorization": "secret ü"}}, "headers are printable ASCII"),
        ({"headers": {"Authorization": "secret\r\nX: y"}}, "headers are printable ASCII"),
        ({"authorities": Path("none.pem")}, r"none\.pem: no certificates \(PEM\) to trust"),
        ({"authorities": Path(__file__)}, r"no certificates \(PEM\) to trust"),
    ],
)
def test_options_are_checked(options: dict[str, Any], problem_: str) -> None:
    """What could not be used at the first batch is refused before, and is not quoted."""
    with pytest.raises(SendError, match=problem_) as failure:
        Https("https://receiver.example.com/", **options)
    assert "secret" not in repr(failure.value)
    assert failure.value.__context__ is None


def test_a_proxy_of_the_environment_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in HTTPS_PROXY by mistake leaves the batch, and is not quoted."""
    monkeypatch.setenv("HTTPS_PROXY", "secret://none")
    with pytest.raises(Undelivered) as failure:
        Https("https://receiver.example.com/").deliver(ID, PACK)
    assert str(failure.value) == "the environment names a proxy that is none"


@pytest.mark.parametrize(
    ("said", "after"),
    [("120", 120), ("0", 0), ("-5", 0), ("", 0), ("9" * 5000, 0), ("²", 0),
     ("Wed, 21 Oct 2026 07:28:00 GMT", 0)],
)  # fmt: skip
def test_retry_after_is_heard(said: str, after: int) -> None:
    """A receiver that says for how many seconds it wants to be left alone is understood."""
    failure = problem(
        lambda handler, _: answer(handler, 429, **{"Retry-After": said.encode().decode("latin-1")})
    )
    assert failure.after == after


def test_https_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without httpx the error says what to install."""
    monkeypatch.setattr(https, "find_spec", lambda _: None)
    with pytest.raises(SendError, match=r"pip install 'anonkit\[http\]'"):
        Https("https://receiver.example.com/")


# --- TLS ----------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """Return a certificate for an address that signs itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


def test_a_certificate_is_checked(tmp_path: Path) -> None:
    """A receiver is trusted by its certificate alone: known, and for its own address."""
    public, context = certificate(tmp_path, "127.0.0.1")
    with server(acknowledge, context=context) as url:
        Https(url, authorities=public).deliver(ID, PACK)
        with pytest.raises(Undelivered, match="the receiver's certificate is not trusted"):
            Https(url).deliver(ID, PACK)
    public, context = certificate(tmp_path, "127.0.0.2")
    with (
        server(acknowledge, context=context) as url,
        pytest.raises(Undelivered, match="the receiver's certificate is not trusted"),
    ):
        Https(url, authorities=public).deliver(ID, PACK)


def test_on_this_machine_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP to this machine does not go through the environment's proxy."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with server(acknowledge) as url:
        Https(url).deliver(ID, PACK)


# --- folders and sticks -------------------------------------------------------------------------


def test_a_folder_takes_batches_whole(tmp_path: Path) -> None:
    """A batch is a file of its name; twice the same is one; a missing folder is not made."""
    folder = Folder(tmp_path)
    folder.deliver(ID, PACK)
    folder.deliver(ID, PACK)
    assert [file.name for file in tmp_path.iterdir()] == [f"{ID}.anon"]
    assert repr(folder) == f"<Folder {tmp_path}>"
    with pytest.raises(Undelivered, match="missing: no such file or directory"):
        Folder(tmp_path / "missing").deliver(ID, PACK)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A stick."""
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def test_a_stick_goes_to_and_fro(tmp_path: Path, stick: Path) -> None:
    """What is carried out waits until it is acknowledged, and is taken in once."""
    inbox = Inbox(tmp_path / "inbox")
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        assert carry_out(box, stick) == (0, 1, 1)
        assert box.waiting()[0].records == 1
        box.record(page("two"))
        assert carry_out(box, stick) == (0, 2, 2)  # before it went anywhere
        assert take_in(stick, inbox) == (2, 0, ())
        assert take_in(stick, inbox) == (0, 2, ())
        box.record(page("three"))
        assert carry_out(box, stick) == (2, 1, 1)
        assert len(list(stick.glob("*.anon"))) == 1
        assert take_in(stick, inbox) == (1, 0, ())
        assert carry_out(box, stick) == (1, 0, 0)
        assert box.waiting() == []
    assert len(list(inbox.folder.iterdir())) == 3


def test_a_stick_goes_from_site_to_site(tmp_path: Path, stick: Path) -> None:
    """What one site put on a stick arrives though others use it, and none removes another's."""
    inbox = Inbox(tmp_path / "inbox")
    for site in ("one", "two"):
        (tmp_path / site).mkdir()
    with outbox(tmp_path / "one", "usage") as one, outbox(tmp_path / "two", "usage") as two:
        one.record(page("of one"))
        two.record(page("of two"))
        assert [carry_out(box, stick).batches for box in (one, two, one)] == [1, 1, 1]
        assert take_in(stick, inbox).new == 2
        assert [carry_out(box, stick).acknowledged for box in (two, one)] == [1, 1]
        assert one.waiting() == two.waiting() == []
        assert list(stick.glob("*.anon")) == []


def test_an_acknowledgement_waits_on_the_stick_for_its_site(tmp_path: Path, stick: Path) -> None:
    """A stick that comes by the vendor between two sites settles the batches of both."""
    inbox = Inbox(tmp_path / "inbox")
    for site in ("one", "two"):
        (tmp_path / site).mkdir()
    with outbox(tmp_path / "one", "usage") as one, outbox(tmp_path / "two", "usage") as two:
        one.record(page("of one"))
        two.record(page("of two"))
        for box, acknowledged in ((one, 0), (two, 0), (one, 1), (two, 1)):
            assert carry_out(box, stick).acknowledged == acknowledged
            assert take_in(stick, inbox).problems == ()
        assert one.waiting() == two.waiting() == []
        assert list(stick.glob("*.anon")) == []
        # Nobody is left to read them.
        assert json.loads((stick / "acknowledged.json").read_text())["batches"] == {}
        # One that is damaged is made anew, of what is on the stick.
        one.record(page("more"))
        carry_out(one, stick)
        (stick / "acknowledged.json").write_bytes(b"{")
        assert take_in(stick, inbox).new == 1
        assert carry_out(one, stick).acknowledged == 1
    assert len(list(inbox.folder.iterdir())) == 3


def test_a_damaged_list_on_a_stick_is_written_anew(tmp_path: Path, stick: Path) -> None:
    """A site that finds the list of batches damaged puts its own there again."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        for damage in (
            b"",
            b"{}",
            b'{"format":"anonkit-batches","version":1,"batches":{"../x":""}}',
        ):
            (stick / "batches.json").write_bytes(damage)
            assert carry_out(box, stick).batches == 1
        # A mark without its file, and a batch without a mark, are nobody's.
        said = json.loads((stick / "batches.json").read_text())
        said["batches"] |= {"f" * 32: "0" * 64, "e" * 32: "0" * 64}
        said["marks"] |= {"f" * 32: "0" * 16}
        (stick / f"{'e' * 32}.anon").write_bytes(PACK)
        (stick / "batches.json").write_text(json.dumps(said))
        assert carry_out(box, stick).batches == 1
    assert take_in(stick, Inbox(tmp_path / "inbox")) == (1, 0, ())


def test_what_is_withdrawn_is_taken_from_the_stick(tmp_path: Path, stick: Path) -> None:
    """What a site put on a stick and may send no more is gone when the stick next comes by."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        carry_out(box, stick)
        assert len(list(stick.glob("*.anon"))) == 1
        box._consent.withdraw("usage", role="user")
        assert carry_out(box, stick).batches == 0
        assert list(stick.glob("*.anon")) == []
        assert take_in(stick, Inbox(tmp_path / "inbox")) == (0, 0, ())


def test_a_stick_that_is_damaged_loses_nothing(tmp_path: Path, stick: Path) -> None:
    """Batches that are damaged, lost or strange are said and not acknowledged, and go again."""
    inbox = Inbox(tmp_path / "inbox")
    with outbox(tmp_path, "usage", "support") as box:
        box.record(page("one"))
        carry_out(box, stick)
        (file,) = stick.glob("*.anon")
        file.write_bytes(file.read_bytes()[:-1] + b"x")
        assert take_in(stick, inbox).problems == (f"{file.name}: damaged on the way",)
        file.unlink()
        assert take_in(stick, inbox).problems == (f"{file.name}: no such file or directory",)
        file.mkdir()
        assert take_in(stick, inbox).problems == (f"{file.name}: is no file",)
        file.rmdir()
        assert json.loads((stick / "acknowledged.json").read_text())["marks"] == {}
        assert carry_out(box, stick) == (0, 1, 1)
        (stick / "batches.json").unlink()
        with pytest.raises(SendError, match=r"no batches\.json"):
            take_in(stick, inbox)
        carry_out(box, stick)
        assert take_in(stick, Inbox(tmp_path / "small", most=10)).problems == (
            f"{file.name}: damaged on the way",
        )
        acknowledged = json.loads((stick / "acknowledged.json").read_text())
        acknowledged["batches"] = {file.name.removesuffix(".anon"): "0" * 64, ID: "0" * 64}
        (stick / "acknowledged.json").write_text(json.dumps(acknowledged))
        assert carry_out(box, stick) == (0, 1, 1)
    assert list(inbox.folder.iterdir()) == []


def test_a_stick_names_no_other_file(tmp_path: Path, stick: Path) -> None:
    """A list that names what is no batch is refused, and no other file is touched."""
    mine = tmp_path / "mine.anon"
    mine.touch()
    forms = {"batches.json": "anonkit-batches", "acknowledged.json": "anonkit-acknowledged"}
    for content in (
        {"version": 1, "batches": {"../mine": "0"}},
        {"version": 2, "batches": {}},
        {"version": 1},
        [],
    ):
        for name, form in forms.items():
            said = {"format": form, **content} if isinstance(content, dict) else content
            (stick / name).write_text(json.dumps(said))
        with pytest.raises(SendError, match="not a list of batches, or a damaged one"):
            take_in(stick, Inbox(tmp_path / "inbox"))
        with (
            outbox(tmp_path) as box,
            pytest.raises(SendError, match="not a list of batches, or a damaged one"),
        ):
            carry_out(box, stick)
    (stick / "batches.json").write_text(
        json.dumps({"format": "anonkit-acknowledged", "version": 1, "batches": {}})
    )
    with pytest.raises(SendError, match="not a list of batches"):
        take_in(stick, Inbox(tmp_path / "inbox"))
    assert mine.exists()


def test_a_stick_leads_nowhere_else(tmp_path: Path, stick: Path) -> None:
    """A link on a stick is replaced, at the site and at the vendor: what it names stays as it is."""
    mine = tmp_path / "mine"
    mine.write_text("mine")
    with outbox(tmp_path, "usage") as box:
        box.record(page("one"))
        carry_out(box, stick)
        (batch,) = stick.glob("*.anon")
        for name in (batch.name, "batches.json", "acknowledged.json"):
            (stick / name).unlink(missing_ok=True)
            (stick / name).symlink_to(mine)
            with suppress(SendError):  # mine is no list
                carry_out(box, stick)
            with suppress(SendError):
                take_in(stick, Inbox(tmp_path / "inbox"))
            assert mine.read_text() == "mine", name
        assert not (stick / "acknowledged.json").is_symlink()


def test_what_is_no_batch_is_not_taken_in(tmp_path: Path) -> None:
    """A file on the stick that is neither an envelope nor a pack is refused by the inbox."""
    import hashlib

    stick = tmp_path
    (stick / f"{ID}.anon").write_bytes(b"<html>")
    said = {
        "format": "anonkit-batches",
        "version": 1,
        "batches": {ID: hashlib.sha256(b"<html>").hexdigest()},
    }
    (stick / "batches.json").write_text(json.dumps(said))
    taken = take_in(stick, Inbox(tmp_path / "inbox"))
    assert taken == (0, 0, (f"{ID}.anon: neither an envelope nor a pack",))


def test_carrying_out_needs_consent(tmp_path: Path, stick: Path) -> None:
    """What was withdrawn is not carried out."""
    with outbox(tmp_path, "usage") as box:
        box.record(page("planted"))
        box._consent.withdraw("usage", role="user")
    with Spool(tmp_path / "outbox.db") as spool:
        assert carry_out(spool, stick) == (0, 0, 0)
    assert os.listdir(stick) == ["batches.json"]  # noqa: PTH208 - names alone
