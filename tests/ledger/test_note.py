# SPDX-License-Identifier: EUPL-1.2
"""Signed notes: known answers of others, the rules of the format, and no changed bit that passes."""

import base64
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from melayani.ground.errors import Refused
from melayani.ledger import note as note_module
from melayani.ledger.note import (
    MOST_NOTE_BYTES,
    MOST_SIGNATURES,
    NoteRefused,
    OpenedNote,
    SignatureLine,
    add_lines,
    open_note,
    sign_note,
    split_note,
)
from melayani.ledger.vkeys import COSIGNATURE, VerifierKey, VkeyRefused, is_key_name, key_id, parse_vkey
from tests.ledger.some_keys import a_key, passed, turned_bits, variant

# Known answers: keys and signatures of the tests of golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
PETER_ID, ENOCH_ID = bytes.fromhex("c74f20a3"), bytes.fromhex("af0cfe78")


def a_note(*lines: str, text: str = TEXT) -> bytes:
    return (text + "\n" + "".join(lines)).encode()


ALICE, BOB = a_key("alice.example/k"), a_key("bob.example/k")


# Known answers


def test_the_known_note_opens_with_either_key_and_with_both() -> None:
    note = a_note(BY_PETER, BY_ENOCH)
    assert open_note(note, vkeys=[PETER]) == OpenedNote(text=TEXT, verified=(("PeterNeumann", PETER_ID),))
    assert open_note(note, vkeys=[ENOCH]).verified == (("EnochRoot", ENOCH_ID),)
    both = (("PeterNeumann", PETER_ID), ("EnochRoot", ENOCH_ID))
    assert open_note(note, vkeys=[ENOCH, PETER]).verified == both
    assert open_note(note, vkeys=[PETER, PETER, ENOCH]).verified == both


def test_known_vkeys_round_trip_and_every_other_spelling_is_refused() -> None:
    for vkey in (PETER, ENOCH, ALICE.vkey, a_key("w", kind=COSIGNATURE).vkey):
        assert parse_vkey(vkey).vkey == vkey
    parts = [PETER[i:j] for i in range(len(PETER)) for j in range(i, len(PETER) + 1) if (i, j) != (0, len(PETER))]
    for wrong in (*parts, PETER + "=", PETER.upper(), PETER.replace("c74f20a3", "C74F20A3"), " " + PETER, PETER + "\n"):
        with pytest.raises(VkeyRefused):
            parse_vkey(wrong)
    for changed in turned_bits(PETER.encode()):
        with pytest.raises(VkeyRefused):
            parse_vkey(changed.decode("latin-1"))


def vkey_of(kind: int, public: bytes, name: str = "n") -> str:
    content = bytes([kind]) + public
    return f"{name}+{key_id(name=name, kind=content[:1], public=public).hex()}+{base64.b64encode(content).decode()}"


@pytest.mark.parametrize(
    ("vkey", "code"),
    [
        (vkey_of(1, bytes(31)), "vkey_type"),
        (vkey_of(1, bytes(33)), "vkey_type"),
        (vkey_of(2, bytes(32)), "vkey_type"),
        (vkey_of(5, bytes(32)), "vkey_type"),
        (vkey_of(6, bytes(1312)), "vkey_type"),
        (vkey_of(1, bytes(32))[:-4] + "AAE=", "vkey_id"),
        (vkey_of(1, bytes(32), name="m").replace("m+", "n+"), "vkey_id"),
        ("n" * 10_000_000, "vkey_form"),
        ("n+00000000+", "vkey_form"),
        ("\ud800+00000000+AA==", "vkey_form"),
    ],
)
def test_a_vkey_that_cannot_be_used_says_why(vkey: str, code: str) -> None:
    with pytest.raises(VkeyRefused) as refused:
        parse_vkey(vkey)
    assert refused.value.code == code
    with pytest.raises(NoteRefused):
        open_note(a_note(BY_PETER), vkeys=[vkey])


def test_names_of_keys() -> None:
    good = ["a", "melayani.example/ledger", "é", "a-b_c/d:e", "x" * 255]
    bad = [
        "",
        "a b",
        "a+b",
        "a\tb",
        "a\nb",
        "a\u00a0b",
        "a\u2003b",
        "a\u3000",
        "\x00",
        "a\x1f",
        "a\x7fb",
        "x" * 256,
        "é" * 128,
        "\udc00",
    ]
    assert [name for name in good if not is_key_name(name)] == []
    assert [name for name in bad if is_key_name(name)] == []


# Which lines count


def test_unknown_lines_are_ignored_whatever_they_hold() -> None:
    line = split_note(sign_note(TEXT, keys=[ALICE])).lines[0]
    other_id = SignatureLine(line.name, b"\x00\x01\x02\x03", line.signature)
    other_name = SignatureLine("mallory.example", line.key_id, b"x")
    post_quantum = SignatureLine("w.example", key_id(name="w.example", kind=b"\x06", public=bytes(1312)), bytes(2428))
    note = a_note(*map(str, (other_id, other_name, post_quantum, line)))
    assert open_note(note, vkeys=[ALICE.vkey]).verified == ((ALICE.name, ALICE.key_id),)
    with pytest.raises(NoteRefused, match="dipercaya"):
        open_note(a_note(*map(str, (other_id, other_name, post_quantum))), vkeys=[ALICE.vkey])


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    good = split_note(sign_note(TEXT, keys=[ALICE, BOB])).lines
    for wrong in (bytes(64), good[1].signature, good[0].signature[:-1], good[0].signature + b"\x00", b"x"):
        spoilt = SignatureLine(ALICE.name, ALICE.key_id, wrong)
        for lines in ((spoilt, good[1]), (good[1], spoilt), (good[0], good[1], spoilt)):
            note = a_note(*map(str, lines))
            with pytest.raises(NoteRefused) as refused:
                open_note(note, vkeys=[ALICE.vkey, BOB.vkey])
            assert refused.value.code == "note_signature"
            assert ALICE.name in refused.value.message
            # Whoever does not trust the key does not care.
            assert open_note(note, vkeys=[BOB.vkey]).verified == ((BOB.name, BOB.key_id),)


def test_duplicates_count_once_and_sixteen_and_more_signatures_are_accepted() -> None:
    keys = [a_key(f"k{n}.example") for n in range(MOST_SIGNATURES)]
    note = sign_note(TEXT, keys=keys)
    assert len(open_note(note, vkeys=[key.vkey for key in keys[:16]]).verified) == 16
    assert len(open_note(note, vkeys=[key.vkey for key in keys]).verified) == MOST_SIGNATURES
    twice = a_note(BY_PETER, BY_ENOCH, BY_PETER, BY_PETER)
    assert open_note(twice, vkeys=[PETER]).verified == (("PeterNeumann", PETER_ID),)
    assert sign_note(TEXT, keys=[ALICE, ALICE]).count(b"alice") == 2
    assert len(open_note(sign_note(TEXT, keys=[ALICE, ALICE]), vkeys=[ALICE.vkey]).verified) == 1


def test_the_text_ends_at_the_last_empty_line() -> None:
    for text in ("\n", "a\n", "a\n\nb\n", "\n\n\n", "— not a signature\n\nx\n", "ünï\U0001f600\n", "a\x7f\u0085b\n"):
        opened = open_note(sign_note(text, keys=[ALICE]), vkeys=[ALICE.vkey])
        assert opened.text == text


# What is no note


def signed_by_alice(text: str) -> bytes:
    """A note over any text, with a signature of Alice that holds."""
    signature = ALICE.private.sign(text.encode())
    return a_note(str(SignatureLine(ALICE.name, ALICE.key_id, signature)), text=text)


BAD_NOTES = [
    b"",
    b"\n",
    b"\n\n",
    TEXT.encode(),
    a_note(),
    a_note(BY_PETER[:-1]),
    a_note(BY_PETER, "Unexpected line.\n"),
    a_note(BY_PETER, "\n"),
    a_note(BY_PETER) + b"x",
    a_note(BY_PETER.replace("\u2014", "-")),
    a_note(BY_PETER.replace("\u2014 ", "\u2014")),
    a_note(BY_PETER.replace("\u2014 ", "\u2014  ")),
    a_note(BY_PETER.replace("Peter", "Peter ")),
    a_note(BY_PETER.replace("Peter", "Peter+")),
    a_note(BY_PETER.replace("Peter", "Peter\u00a0")),
    a_note(BY_PETER.replace("Peter", "Peter\t")),
    a_note(BY_PETER.replace("\n", " \n")),
    a_note(BY_PETER.replace("\n", "\r\n")),
    a_note(BY_PETER.replace("=", "")),
    a_note(BY_PETER.replace("AM=", "AN=")),
    a_note(BY_PETER, "— x AAAAAA==\n"),
    a_note(BY_PETER, "— x \n"),
    a_note(BY_PETER, "— x *\n"),
    a_note(BY_PETER, "—  AAAAAAA=\n"),
    b"\x01" + a_note(BY_PETER),
    b"\xff" + a_note(BY_PETER),
    b"\xed\xa0\x80" + a_note(BY_PETER),
    a_note(BY_PETER * (MOST_SIGNATURES + 1)),
    b"a" * MOST_NOTE_BYTES + a_note(BY_PETER),
    # Signed as they stand, so that only the rule of the form refuses them.
    signed_by_alice("a\x01b\n"),
    signed_by_alice("a\r\n"),
    signed_by_alice("a" * MOST_NOTE_BYTES + "\n"),
    a_note(BY_PETER)[:-1] + b"x",
    a_note(BY_PETER.removeprefix("\u2014 ")),
    b"\n" * (50 * 1024 * 1024),
]


@pytest.mark.parametrize("note", BAD_NOTES, ids=range(len(BAD_NOTES)))
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(NoteRefused):
        open_note(note, vkeys=[PETER, ALICE.vkey])
    with pytest.raises(NoteRefused):
        split_note(note)


@pytest.mark.parametrize("wrong", ["text", None, 7, bytearray(b"x")])
def test_what_is_no_bytes_is_refused(wrong: object) -> None:
    with pytest.raises(NoteRefused):
        open_note(wrong, vkeys=[PETER])  # type: ignore[arg-type]  # what a careless caller may pass


def test_every_changed_bit_is_refused() -> None:
    note = a_note(BY_PETER)
    assert passed(lambda n: open_note(n, vkeys=[PETER]), turned_bits(note), refusals=(NoteRefused,)) == []


def test_every_shortened_or_lengthened_note_is_refused() -> None:
    note = a_note(BY_PETER)
    cut = (note[:at] + note[at + 1 :] for at in range(len(note)))
    longer = (note[:at] + b"A" + note[at:] for at in range(len(note) + 1))
    for changed in (cut, longer):
        assert passed(lambda n: open_note(n, vkeys=[PETER]), changed, refusals=(NoteRefused,)) == []


@given(st.binary(max_size=300))
@example(b"\n\n\xe2\x80\x94 a ")
@settings(deadline=None)
def test_noise_is_refused_and_nothing_else_is_raised(noise: bytes) -> None:
    for content in (noise, a_note(BY_PETER) + noise, noise + a_note(BY_PETER)):
        try:
            opened = open_note(content, vkeys=[PETER])
        except NoteRefused:
            continue
        assert opened.text == TEXT


LETTERS = st.characters(min_codepoint=32, exclude_categories=["Cs"])


@given(st.text(st.one_of(LETTERS, st.just("\n")), max_size=200), st.integers(1, 3))
@settings(deadline=None)
def test_what_is_signed_opens_with_every_key(text: str, count: int) -> None:
    keys = [a_key(f"k{n}") for n in range(count)]
    opened = open_note(sign_note(text + "\n", keys=keys), vkeys=[key.vkey for key in keys])
    assert opened == OpenedNote(text=text + "\n", verified=tuple((key.name, key.key_id) for key in keys))


@pytest.mark.parametrize("text", ["", "no newline", "a\x00\n", "a\r\n", "\ud800\n"])
def test_what_cannot_be_signed_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        sign_note(text, keys=[ALICE])


def test_who_cannot_sign_is_refused() -> None:
    for keys in ([], [a_key("a b")], [a_key("w", kind=COSIGNATURE)], [ALICE] * (MOST_SIGNATURES + 1)):
        with pytest.raises(NoteRefused):
            sign_note(TEXT, keys=keys)


def test_lines_are_added_once() -> None:
    note, more = sign_note(TEXT, keys=[ALICE]), split_note(sign_note(TEXT, keys=[BOB])).lines
    longer = add_lines(note, lines=[*more, *more, *split_note(note).lines])
    assert longer == sign_note(TEXT, keys=[ALICE, BOB])
    assert add_lines(longer, lines=more) == longer
    for wrong in (
        SignatureLine("a b", bytes(4), b"x"),
        SignatureLine("a", b"", b"x"),
        SignatureLine("a\n", bytes(4), b"x"),
    ):
        with pytest.raises(NoteRefused):
            add_lines(note, lines=[wrong])


def test_two_keys_of_one_name_and_id_are_refused() -> None:
    class Twin(VerifierKey):
        @property
        def key_id(self) -> bytes:
            return ALICE.key_id

    twins = [Twin(ALICE.name, b"\x01", bytes([n]) * 32) for n in (1, 2)]
    with pytest.raises(NoteRefused, match="sama"):
        note_module.verify_note(sign_note(TEXT, keys=[ALICE]), keys=twins)


# Controls: a reader with one rule left out must be seen


def misread(module: ModuleType) -> list[bytes]:
    """Notes that this reader takes although they are wrong, or refuses although they are right."""
    found = []
    post_quantum = str(SignatureLine("w.example", b"pqid", bytes(2428)))
    verses = sign_note("a\n\nb\n", keys=[ALICE])
    for note in (a_note(post_quantum, BY_PETER), a_note(BY_PETER, BY_PETER), a_note(BY_PETER, BY_ENOCH), verses):
        try:
            if len(module.open_note(note, vkeys=[PETER, ALICE.vkey]).verified) != 1:
                found.append(note)
        except Refused:
            found.append(note)
    stranger = str(SignatureLine("PeterNeumann", b"4444", bytes(64)))
    forged = a_note(str(SignatureLine("PeterNeumann", PETER_ID, bytes(64))))
    two_texts = TEXT.encode() + b"\n" + a_note(BY_PETER)
    for note in (*BAD_NOTES, forged, forged + BY_PETER.encode(), a_note(stranger), a_note(BY_ENOCH), two_texts):
        try:
            module.open_note(note, vkeys=[PETER, ALICE.vkey])
        except Refused:
            continue
        found.append(note)
    return found


BROKEN = [
    ("if not _holds(key, text=signed, signature=line.signature):", "if False:"),
    ("trusted.get((line.name, line.key_id))", "next(iter(trusted.values()), None)"),
    ("verified.setdefault((line.name, line.key_id), ", "verified.setdefault((line.name, bytes([len(verified)])), "),
    ("if not verified:", "if False:"),
    ('whole.rpartition("\\n\\n")', 'whole.partition("\\n\\n")'),
    ('letter < " " and letter != "\\n"', "False"),
    ("if len(lines) > MOST_SIGNATURES:", "if False:"),
    ("if len(note) > MOST_NOTE_BYTES:", "if False:"),
    ('not below.endswith("\\n")', "False"),
    ("not line.startswith(_LINE_START)", "False"),
    ("or not is_key_name(name) ", ""),
    (" or len(content) <= KEY_ID_BYTES", ""),
]


def test_the_whole_reader_misreads_nothing() -> None:
    assert misread(note_module) == []


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_the_control_a_reader_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert misread(variant(note_module, step, instead)) != []
