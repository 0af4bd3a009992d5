# SPDX-License-Identifier: EUPL-1.2
"""Checkpoints: three lines in one spelling, signed by the log itself, and no changed bit that passes."""

import base64
from collections.abc import Callable
from functools import partial
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melayani.ground.errors import Refused
from melayani.ledger import checkpoint as checkpoint_module
from melayani.ledger.checkpoint import (
    MOST_EXTENSION_LINES,
    Checkpoint,
    CheckpointRefused,
    format_checkpoint,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from melayani.ledger.cosignatures import cosign
from melayani.ledger.merkle import EMPTY_ROOT
from melayani.ledger.note import NoteRefused, SignatureLine, add_lines, sign_note
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key, passed, turned_bits, variant

ROOT = bytes(range(32))
TEXT = f"{ORIGIN}\n70000\n{base64.b64encode(ROOT).decode()}\n"
# The example of C2SP tlog-checkpoint.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def signed(text: str = TEXT) -> bytes:
    return sign_note(text, keys=[LOG])


# Known answers


def test_the_example_of_the_specification() -> None:
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    found = parse_checkpoint(EXAMPLE)
    assert found == Checkpoint(origin="example.com/behind-the-sofa", size=20_852_163, root=root)
    assert format_checkpoint(origin=found.origin, size=found.size, root=found.root) == EXAMPLE


def test_an_empty_log() -> None:
    text = f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert parse_checkpoint(text) == Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
    assert format_checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT) == text


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
@settings(deadline=None, max_examples=50)
def test_what_is_written_is_read(size: int, root: bytes) -> None:
    root = root if size else EMPTY_ROOT
    text = format_checkpoint(origin=ORIGIN, size=size, root=root)
    assert parse_checkpoint(text) == Checkpoint(origin=ORIGIN, size=size, root=root)


def test_lines_of_others_are_kept_and_covered_by_the_signature() -> None:
    text = TEXT + "an extension\nand another\n"
    opened = open_checkpoint(signed(text), logs=[LOG.verifier])
    assert opened.checkpoint.extensions == ("an extension", "and another")
    assert opened.text == text
    with pytest.raises(NoteRefused):
        open_checkpoint(signed(text).replace(b"another", b"an0ther"), logs=[LOG.verifier])


# What is no checkpoint

ROOT_LINE = TEXT.split("\n")[2]
BAD_TEXTS = [
    "",
    "\n",
    "\n\n\n",
    TEXT[:-1],
    TEXT[:-1] + "x",
    TEXT + "\n",
    TEXT + "\nafter an empty line\n",
    "\n" + TEXT,
    TEXT.replace("70000", ""),
    f"{ORIGIN}\n70000\n",
    *(
        TEXT.replace("70000", size)
        for size in ("070000", "+70000", "-70000", "7_0000", "70000 ", " 70000", "7e4", "0x7", "\u0667\u0660", "1.0")
    ),
    TEXT.replace("70000", str(2**63)),
    TEXT.replace("70000", "9" * 100_000),
    TEXT.replace("70000", "0"),
    *(
        TEXT.replace(ROOT_LINE, root)
        for root in ("", ROOT_LINE[:-1], ROOT_LINE + "=", ROOT_LINE + " ", ROOT.hex(), ROOT_LINE[:-2] + "9=", "AAAA")
    ),
    TEXT.replace(ROOT_LINE, base64.b64encode(ROOT + b"x").decode()),
    TEXT.replace(ROOT_LINE, base64.urlsafe_b64encode(b"\xfb\xff" * 16).decode()),
    TEXT.replace("\n", "\r\n"),
    TEXT + "x\n" * (MOST_EXTENSION_LINES + 1),
    "x" * 50_000_000,
]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=range(len(BAD_TEXTS)))
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointRefused):
        parse_checkpoint(text)


@pytest.mark.parametrize("text", [None, 7, TEXT.encode()])
def test_what_is_no_text_is_refused(text: object) -> None:
    with pytest.raises(CheckpointRefused):
        parse_checkpoint(text)  # type: ignore[arg-type]  # what a careless caller may pass


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, ROOT), ("a b", 1, ROOT), ("a+b", 1, ROOT), ("a\n", 1, ROOT), (ORIGIN, -1, ROOT), (ORIGIN, 2**63, ROOT),
        (ORIGIN, True, ROOT), (ORIGIN, 1, ROOT[:31]), (ORIGIN, 0, ROOT), (ORIGIN, 1.0, ROOT), (ORIGIN, 1, ROOT.hex()),
    ],
)  # fmt: skip
def test_what_cannot_be_a_checkpoint_is_not_written(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(CheckpointRefused):
        format_checkpoint(origin=origin, size=size, root=root)


# Who signed


def test_only_a_key_with_the_name_of_the_origin_signs() -> None:
    note = sign_checkpoint(origin=ORIGIN, size=70_000, root=ROOT, keys=[LOG])
    assert note == signed()
    assert open_checkpoint(note, logs=[LOG.verifier]).log == LOG.verifier
    other = a_key("other.example/log")
    with pytest.raises(CheckpointRefused):
        sign_checkpoint(origin=ORIGIN, size=70_000, root=ROOT, keys=[other])
    with pytest.raises(CheckpointRefused, match="tidak ditandatangani"):
        open_checkpoint(sign_note(TEXT, keys=[other]), logs=[LOG.verifier, other.verifier])


def test_during_a_rotation_either_key_is_enough() -> None:
    new = a_key(ORIGIN, seed="new")
    note = sign_checkpoint(origin=ORIGIN, size=70_000, root=ROOT, keys=[LOG, new])
    for key in (LOG, new):
        assert open_checkpoint(note, logs=[key.verifier]).log == key.verifier


def test_a_witness_alone_does_not_make_a_checkpoint() -> None:
    witness = WITNESSES[0]
    line = SignatureLine(witness.name, witness.key_id, cosign(text=TEXT.encode(), key=witness, at=1))
    note = (TEXT + "\n" + str(line)).encode()
    with pytest.raises(CheckpointRefused):
        open_checkpoint(note, logs=[LOG.verifier], witnesses=[witness.verifier])
    # Neither does a witness that bears the name of the log, nor a cosignature key given as the log's.
    same_name = a_key(ORIGIN, kind=b"\x04")
    line = SignatureLine(ORIGIN, same_name.key_id, cosign(text=TEXT.encode(), key=same_name, at=1))
    note = (TEXT + "\n" + str(line)).encode()
    for logs, witnesses in (([LOG], [same_name]), ([same_name], [])):
        with pytest.raises(CheckpointRefused):
            open_checkpoint(note, logs=[k.verifier for k in logs], witnesses=[k.verifier for k in witnesses])


def test_cosignatures_are_told_apart_from_the_log() -> None:
    lines = [SignatureLine(w.name, w.key_id, cosign(text=TEXT.encode(), key=w, at=5)) for w in WITNESSES[:3]]
    note = add_lines(signed(), lines=lines)
    opened = open_checkpoint(note, logs=[LOG.verifier], witnesses=[w.verifier for w in WITNESSES[1:]])
    assert [each.key.name for each in opened.cosignatures] == [w.name for w in WITNESSES[1:3]]


def test_every_changed_bit_is_refused() -> None:
    assert (
        passed(
            lambda note: open_checkpoint(note, logs=[LOG.verifier]),
            turned_bits(signed()),
            refusals=(NoteRefused, CheckpointRefused),
        )
        == []
    )


# Controls


def misread(module: ModuleType) -> bool:
    """Whether this reader takes a wrong checkpoint, or refuses a right one."""
    other = a_key("other.example/log")
    same_name = a_key(ORIGIN, kind=b"\x04")
    line = SignatureLine(ORIGIN, same_name.key_id, cosign(text=TEXT.encode(), key=same_name, at=1))
    tries: list[Callable[[], object]] = [
        *(partial(module.parse_checkpoint, text) for text in BAD_TEXTS),
        lambda: module.open_checkpoint(sign_note(TEXT, keys=[other]), logs=[other.verifier]),
        lambda: module.open_checkpoint((TEXT + "\n" + str(line)).encode(), logs=[same_name.verifier]),
        lambda: module.open_checkpoint(
            add_lines(sign_note(TEXT, keys=[other]), lines=[line]),
            logs=[other.verifier],
            witnesses=[same_name.verifier],
        ),
        lambda: module.format_checkpoint(origin="a b", size=1, root=ROOT),
        lambda: module.sign_checkpoint(origin=ORIGIN, size=1, root=ROOT, keys=[other]),
    ]
    for attempt in tries:
        try:
            attempt()
        except Refused:
            continue
        except Exception:  # anything else that is raised is a broken reader too
            return True
        return True
    return bool(module.open_checkpoint(signed(TEXT + "x\n"), logs=[LOG.verifier]).checkpoint.extensions != ("x",))


BROKEN = [
    ('not text.endswith("\\n")', "False"),
    ("not all(lines)", "False"),
    ("not 3 <= len(lines) <= 3 + MOST_EXTENSION_LINES", "len(lines) < 3"),
    ("read_decimal(written_size)", "int(written_size)"),
    ("if size is None or root is None:", "if root is None:"),
    ("if size == 0 and root != EMPTY_ROOT:", "if False:"),
    ("if key.name == checkpoint.origin", "if True"),
    ("each.key in trusted and each.key.kind != COSIGNATURE", "each.key in trusted"),
    ("each.key in trusted and each.key.kind != COSIGNATURE", "True"),
    ("if any(key.name != origin for key in signers):", "if False:"),
    ("if not is_key_name(origin) or", "if"),
    ("extensions=tuple(extensions)", "extensions=()"),
]


def test_the_whole_reader_misreads_nothing() -> None:
    assert not misread(checkpoint_module)


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_the_control_a_reader_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert misread(variant(checkpoint_module, step, instead))
