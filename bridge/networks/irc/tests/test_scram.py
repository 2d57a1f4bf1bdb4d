"""SCRAM-SHA-256: the published example, servers that cheat, and what names and passwords become."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.networks.irc.protocol.events import FailureReason, RegistrationFailed
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.registration import Identity, Registration, Stage
from bridge.networks.irc.protocol.sasl import Plain
from bridge.networks.irc.protocol.scram import MAX_ITERATIONS, ScramSha256, prepare

NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
"""RFC 7677, section 3: user `user`, password `pencil`."""


def example() -> ScramSha256:
    return ScramSha256("user", "pencil", nonce=NONCE)


def test_the_published_example_comes_out_to_the_letter() -> None:
    scram = example()

    assert scram.respond(b"") == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert scram.respond(SERVER_FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert not scram.is_content
    assert scram.respond(SERVER_FINAL) == b""
    assert scram.is_content


@pytest.mark.parametrize(
    "server_first",
    [
        b"r=somebody-elses-nonce,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        SERVER_FIRST.replace(b"i=4096", b"i=1"),
        SERVER_FIRST.replace(b"i=4096", b"i=%d" % (MAX_ITERATIONS + 1)),
        SERVER_FIRST.replace(b"i=4096", b"i=many"),
        SERVER_FIRST.replace(b"W22ZaJ0SNY7soEsUEjb6gQ==", b"no base64"),
        b"m=unknown," + SERVER_FIRST,
        b"",
        b"\xff",
        b"r",
    ],
)
def test_a_salt_that_cannot_be_trusted_gets_no_proof(server_first: bytes) -> None:
    scram = example()
    scram.respond(b"")

    assert scram.respond(server_first or b"e=other-error") is None


@pytest.mark.parametrize("server_final", [b"v=AAAA", b"e=invalid-proof", b"v=", b"x"])
def test_a_server_that_cannot_prove_itself_is_not_believed(server_final: bytes) -> None:
    scram = example()
    scram.respond(b"")
    scram.respond(SERVER_FIRST)

    assert scram.respond(server_final) is None
    assert not scram.is_content


def test_names_are_escaped() -> None:
    assert ScramSha256("a,b=c", "x", nonce="n").respond(b"") == b"n,,n=a=2Cb=3Dc,r=n"


@pytest.mark.parametrize(
    ("given", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
    ],
)
def test_text_is_prepared_as_in_the_published_examples(given: str, prepared: str) -> None:
    assert prepare(given) == prepared


@pytest.mark.parametrize("given", ["\u0007", "\u0627\u0031", "", "\u00ad"])
def test_text_that_no_server_can_hold_is_refused(given: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        prepare(given)


@given(st.binary(max_size=200))
def test_no_challenge_makes_it_crash_or_content(challenge: bytes) -> None:
    scram = example()
    scram.respond(b"")
    scram.respond(SERVER_FIRST)

    scram.respond(challenge)

    assert scram.is_content == (challenge == SERVER_FINAL)


# ------------------------------------------------------------------------------ in a registration


def begun(offered: str) -> tuple[Registration, str]:
    """A registration up to its first AUTHENTICATE; gives what that names."""
    identity = Identity("tl", sasl=(example, lambda: Plain("user", "pencil")))
    registration = Registration(identity)
    registration.opening()
    registration.receive(Line("CAP", ("*", "LS", f"sasl{offered}")))
    lines, _ = registration.receive(Line("CAP", ("*", "ACK", "sasl")))
    return registration, lines[0].params[0]


def challenge(registration: Registration, text: bytes) -> bytes:
    """What is answered to a challenge, decoded; the bare words `+` and `*` stand for themselves."""
    said = base64.b64encode(text).decode() if text else "+"
    lines, _ = registration.receive(Line("AUTHENTICATE", (said,)))
    answer = lines[0].params[0]
    return answer.encode() if answer in "+*" else base64.b64decode(answer)


def salted(server_first: bytes, client_first: bytes, client_final: bytes) -> bytes:
    """What a server that knows the password says at last, worked out in its own way."""
    key = hashlib.pbkdf2_hmac("sha256", b"pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    server_key = hmac.digest(key, b"Server Key", "sha256")
    without_proof = client_final.rpartition(b",p=")[0]
    said = b",".join([client_first.removeprefix(b"n,,"), server_first, without_proof])
    return b"v=" + base64.b64encode(hmac.digest(server_key, said, "sha256"))


def test_scram_is_taken_before_plain_and_ends_in_an_account() -> None:
    registration, named = begun("=PLAIN,SCRAM-SHA-256")
    first = challenge(registration, b"")
    final = challenge(registration, SERVER_FIRST)

    assert named == "SCRAM-SHA-256"
    assert challenge(registration, salted(SERVER_FIRST, first, final)) == b"+"
    lines, events = registration.receive(Line("903", ("tl", "SASL authentication successful")))
    assert (lines, events) == ([Line("CAP", ("END",))], [])
    assert registration.stage is Stage.WELCOMING


def test_a_server_with_plain_only_gets_plain() -> None:
    assert begun("=PLAIN,EXTERNAL")[1] == "PLAIN"


def test_an_account_that_scram_does_not_know_falls_back_to_plain() -> None:
    registration, _ = begun("=PLAIN,SCRAM-SHA-256")
    challenge(registration, b"")

    lines, events = registration.receive(Line("904", ("tl", "SASL authentication failed")))

    assert (lines, events) == ([Line("AUTHENTICATE", ("PLAIN",))], [])


def test_a_server_that_welcomes_without_its_proof_never_sees_the_password() -> None:
    registration, _ = begun("=PLAIN,SCRAM-SHA-256")
    challenge(registration, b"")
    challenge(registration, SERVER_FIRST)

    lines, events = registration.receive(Line("903", ("tl", "welcome, trust me")))

    assert lines == [Line("QUIT", ())]
    assert [type(event) for event in events] == [RegistrationFailed]
    assert isinstance(events[0], RegistrationFailed)
    assert events[0].reason is FailureReason.SASL_REFUSED


def test_a_server_with_a_wrong_proof_never_sees_the_password() -> None:
    registration, _ = begun("=PLAIN,SCRAM-SHA-256")
    challenge(registration, b"")
    challenge(registration, SERVER_FIRST)

    assert challenge(registration, b"v=AAAA") == b"*"
    lines, _ = registration.receive(Line("906", ("tl", "aborted")))
    assert lines == [Line("QUIT", ())]
