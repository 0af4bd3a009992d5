# SPDX-License-Identifier: EUPL-1.2
"""A witness: each answer of C2SP tlog-witness, and for each guard what would be cosigned without it."""

import inspect
import sqlite3
from collections.abc import Callable, Sequence
from itertools import islice, product
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melayani.ground.errors import Refused
from melayani.ledger import witnessing
from melayani.ledger.asking import request_body
from melayani.ledger.checkpoint import open_checkpoint, sign_checkpoint
from melayani.ledger.merkle import consistency_proof, leaf_hash
from melayani.ledger.note import sign_note
from melayani.ledger.policy import Policy, check_policy, parse_policy
from melayani.ledger.tree import Tree
from melayani.ledger.vkeys import NoteKey
from melayani.ledger.witnessing import Answer, Memory, Seen, WitnessRefused, add_checkpoint, logs_of, open_memory
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key, turned_bits, variant

AT = 1_767_578_400
W = WITNESSES[0]


def tree(size: int, *, side: str = "") -> Tree:
    """A tree of so many leaves; another `side` has the same first five leaves and others after them."""
    return Tree([leaf_hash(f"{side if n >= 5 else ''}{n}".encode()) for n in range(size)])


def note_of(size: int, *, side: str = "", keys: Sequence[NoteKey] = (LOG,)) -> bytes:
    return sign_checkpoint(origin=ORIGIN, size=size, root=tree(size, side=side).root(), keys=keys)


def body_of(old: int, size: int, *, side: str = "", keys: Sequence[NoteKey] = (LOG,)) -> bytes:
    proof = consistency_proof(size1=old, size2=size, hash_at=tree(size, side=side).hash_at) if 0 < old <= size else []
    return request_body(old=old, proof=proof, note=note_of(size, side=side, keys=keys))


class Asked:
    """A witness, its memory, and what it answers; `module` may be a variant without one of its guards."""

    def __init__(self, file: Path, *, module: ModuleType = witnessing, key: NoteKey = W) -> None:
        file.unlink(missing_ok=True)
        self.memory: Memory = module.open_memory(file, fresh=True)
        self.module = module
        self.key = key

    def __call__(self, body: bytes) -> Answer:
        answer = self.module.add_checkpoint(body, logs=logs_of([LOG.vkey]), memory=self.memory, key=self.key, at=AT)
        return Answer(answer.status, answer.body, answer.content_type)


@pytest.fixture
def witness(tmp_path: Path) -> Asked:
    return Asked(tmp_path / "seen")


def cosigned(note: bytes, answer: Answer) -> bool:
    """Whether the answer makes this checkpoint one that the witness cosigned."""
    opened = open_checkpoint(note + answer.body, logs=[LOG.verifier], witnesses=[W.verifier])
    return [each.key for each in opened.cosignatures] == [W.verifier]


def test_what_continues_is_cosigned_step_by_step(witness: Asked) -> None:
    old = 0
    for size in (0, 1, 1, 3, 8, 300):
        answer = witness(body_of(old, size))
        assert (answer.status, answer.content_type) == (200, "text/plain; charset=utf-8")
        assert cosigned(note_of(size), answer)
        assert witness.memory.seen(ORIGIN) == Seen(size=size, root=tree(size).root())
        old = size
    assert witness.memory.seen("other.example") is None


def test_every_pair_of_small_sizes(tmp_path: Path) -> None:
    for old, size in product((0, 1, 2, 3, 5), (0, 1, 3, 4, 5)):
        witness = Asked(tmp_path / "seen")
        assert witness(body_of(0, old)).status == 200
        assert witness(body_of(old, size)).status == (200 if old <= size else 400)


def test_who_starts_elsewhere_hears_the_size(witness: Asked) -> None:
    witness(body_of(0, 5))
    for old, size in ((0, 7), (4, 7), (6, 7), (0, 3), (3, 3)):
        answer = witness(body_of(old, size))
        assert (answer.status, answer.body, answer.content_type) == (409, b"5\n", "text/x.tlog.size")
    assert witness(body_of(5, 7)).status == 200
    fresh = Asked(witness.memory.file.with_name("fresh"))
    assert fresh(body_of(2, 7)).body == b"0\n"


OTHER = a_key("other.example/log")
SAME_NAME = a_key(ORIGIN, seed="other")
PROOF = consistency_proof(size1=5, size2=7, hash_at=tree(7).hash_at)


def bad_signature() -> bytes:
    """A line of the log's own key that does not hold, beside nothing else."""
    head, line, signature = note_of(7).rpartition(f"{ORIGIN} ".encode())
    changed = bytearray(signature)
    changed[20] = ord("A") if changed[20] != ord("A") else ord("B")
    return request_body(old=5, proof=PROOF, note=head + line + bytes(changed))


def an_empty_tree_with_a_root() -> bytes:
    text = note_of(1).split(b"\n\n")[0].decode().replace("\n1\n", "\n0\n") + "\n"
    return request_body(old=0, proof=[], note=sign_note(text, keys=[LOG]))


REFUSED: list[tuple[str, int, int, Callable[[], bytes]]] = [
    ("unknown origin", 5, 404, lambda: request_body(old=5, proof=PROOF, note=sign_checkpoint(
        origin=OTHER.name, size=7, root=tree(7).root(), keys=[OTHER]))),
    ("not signed by a known key", 5, 403, lambda: body_of(5, 7, keys=[SAME_NAME])),
    ("a signature that does not hold", 5, 403, bad_signature),
    ("old beyond the checkpoint", 5, 400, lambda: body_of(8, 7)),
    ("a proof of another tree", 5, 422, lambda: request_body(old=5, proof=PROOF[::-1], note=note_of(7))),
    ("no proof", 5, 422, lambda: request_body(old=5, proof=[], note=note_of(7))),
    ("another tree of the same size", 7, 422, lambda: body_of(7, 7, side="b")),
    ("a tree that forgot", 7, 422, lambda: body_of(7, 9, side="b")),
    ("a proof for equal sizes", 7, 422, lambda: request_body(old=7, proof=PROOF, note=note_of(7))),
    ("a proof from nothing", 0, 422, lambda: request_body(old=0, proof=PROOF, note=note_of(7))),
    ("an empty tree with a root", 0, 422, an_empty_tree_with_a_root),
]  # fmt: skip


@pytest.mark.parametrize(("why", "before", "status", "body"), REFUSED, ids=[each[0] for each in REFUSED])
def test_what_is_not_cosigned(witness: Asked, why: str, before: int, status: int, body: Callable[[], bytes]) -> None:
    witness(body_of(0, before))
    seen = witness.memory.seen(ORIGIN)
    answer = witness(body())
    assert answer.status == status
    assert not answer.body.startswith("—".encode())
    assert answer.body.decode().strip()
    assert witness.memory.seen(ORIGIN) == seen


def test_a_log_that_changes_its_key_is_known_by_either(tmp_path: Path) -> None:
    logs = logs_of([LOG.vkey, SAME_NAME.vkey])
    memory = open_memory(tmp_path / "seen", fresh=True)
    for old, size, keys in ((0, 1, [LOG]), (1, 2, [LOG, SAME_NAME]), (2, 3, [SAME_NAME])):
        assert add_checkpoint(body_of(old, size, keys=keys), logs=logs, memory=memory, key=W, at=AT).status == 200


@pytest.mark.parametrize("vkey", ["", "x", W.vkey, LOG.vkey.replace("+", "-", 1)])
def test_what_is_no_key_of_a_log(vkey: str) -> None:
    with pytest.raises(WitnessRefused):
        logs_of([vkey])


GOOD = body_of(5, 7)
MALFORMED = {
    "empty": b"",
    "no note": b"old 5\n\n",
    "no old": GOOD.replace(b"old 5\n", b""),
    "another word": GOOD.replace(b"old ", b"size "),
    "two blanks": GOOD.replace(b"old ", b"old  "),
    "a leading zero": GOOD.replace(b"old 5", b"old 05"),
    "a sign": GOOD.replace(b"old 5", b"old -5"),
    "too large a number": GOOD.replace(b"old 5", b"old 9223372036854775808"),
    "carriage returns": GOOD.replace(b"\n", b"\r\n"),
    "a hash too short": GOOD.replace(b"old 5\n", b"old 5\nAAAA\n"),
    "no base64": GOOD.replace(b"old 5\n", b"old 5\n" + b"*" * 44 + b"\n"),
    "not ASCII": GOOD.replace(b"old 5\n", "old ٥\n".encode()),
    "64 hashes": request_body(old=5, proof=[bytes(32)] * 64, note=note_of(7)),
    "too long": GOOD + b"x" * (64 * 1024),
    "no signature": GOOD.partition("—".encode())[0],
    "no UTF-8": GOOD.replace(ORIGIN.encode(), b"\xff"),
    "no checkpoint": request_body(old=0, proof=[], note=sign_note(f"{ORIGIN}\nseven\n", keys=[LOG])),
    "a size beyond all": request_body(
        old=0, proof=[], note=sign_note(note_of(7).decode().split("\n\n")[0].replace("\n7\n", f"\n{2**63}\n") + "\n",
        keys=[LOG])),
}  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_cannot_be_read(witness: Asked, body: bytes) -> None:
    witness(body_of(0, 5))
    assert witness(body).status == 400
    assert witness.memory.seen(ORIGIN) == Seen(5, tree(5).root())


def test_the_longest_proof_that_may_be_sent_is_read(witness: Asked) -> None:
    witness(body_of(0, 5))
    assert witness(request_body(old=5, proof=[bytes(32)] * 63, note=note_of(7))).status == 422


def test_no_turned_bit_is_cosigned_as_another_checkpoint(witness: Asked) -> None:
    witness(body_of(0, 5))
    for body in islice(turned_bits(GOOD), 0, None, 5):
        answer = witness(body)
        # What is no part of the proof (a letter of the name in a signature line) makes it a line of nobody.
        assert answer.status in (400, 403, 404, 409, 422)
    assert witness(GOOD).status == 200


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_whatever_is_sent_is_answered(body: bytes) -> None:
    with pytest.raises(WitnessRefused):
        witnessing.read_request(body, logs=logs_of([LOG.vkey]))


# The memory


def test_a_known_witness_does_not_begin_anew(tmp_path: Path) -> None:
    file = tmp_path / "seen"
    open_memory(file, fresh=True)
    open_memory(file, fresh=True)
    assert open_memory(file, fresh=False).seen(ORIGIN) is None
    for damage in (b"", b"no database at all, but long enough to be looked at as one" * 20):
        file.write_bytes(damage)
        with pytest.raises(WitnessRefused) as refused:
            open_memory(file, fresh=False)
        assert refused.value.code == "witness_memory"
    file.unlink()
    with pytest.raises(WitnessRefused):
        open_memory(file, fresh=False)


def test_nothing_is_answered_that_is_not_kept(witness: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    witness(body_of(0, 5))
    with sqlite3.connect(witness.memory.file, isolation_level=None) as other:
        monkeypatch.setattr(witnessing, "LOCK_SECONDS", 0.05)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError):
            witness(body_of(5, 7))
    assert witness.memory.seen(ORIGIN) == Seen(5, tree(5).root())


def without_a_transaction() -> ModuleType:
    """The witness that looks and keeps, but not as one step."""
    source = inspect.getsource(witnessing)
    for step in ('opened.execute("BEGIN IMMEDIATE")', 'opened.execute("COMMIT")'):
        assert source.count(step) == 1
        source = source.replace(step, "pass")
    changed = ModuleType(witnessing.__name__)
    exec(compile(source, witnessing.__name__, "exec"), vars(changed))  # noqa: S102  # our own source
    return changed


def overtaken(file: Path, module: ModuleType) -> list[int]:
    """A request for 9 leaves comes while one for 7 is being checked: both statuses, and what is remembered."""
    witness, overtaking = Asked(file, module=module), list[int]()
    witness(body_of(0, 5))
    check = vars(module)["check_continues"]

    def slowly(request: object, *, seen: object) -> None:
        check(request, seen=seen)
        if not overtaking:
            overtaking.append(0)
            try:
                overtaking[0] = witness(body_of(5, 9)).status
            except sqlite3.OperationalError:
                overtaking[0] = 503

    vars(module)["check_continues"] = slowly
    try:
        status = witness(body_of(5, 7)).status
    finally:
        vars(module)["check_continues"] = check
    seen = witness.memory.seen(ORIGIN)
    return [status, overtaking[0], seen.size if seen else 0]


def test_checking_and_keeping_are_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "LOCK_SECONDS", 0.05)
    assert overtaken(tmp_path / "seen", witnessing) == [200, 503, 7]
    # The control cosigns 9 leaves, then 7: it has taken a step back.
    assert overtaken(tmp_path / "broken", without_a_transaction()) == [200, 200, 7]


# Controls: without its guard, each of these would have been cosigned.

UNPROVEN = (
    "    except ProofRefused as refused:\n        raise _unproven() from refused",
    "    except ProofRefused:\n        pass",
)
CONTROLS = [
    ("not signed by a known key", "verify_note(note, keys=keys)", "split_note(note)"),
    ("a signature that does not hold", "verify_note(note, keys=keys)", "split_note(note)"),
    ("unknown origin", "if not keys:", "keys = keys or [OTHER.verifier]\n    if not keys:"),
    ("old beyond the checkpoint", "if old > checkpoint.size:", "if False:"),
    ("a proof of another tree", *UNPROVEN),
    ("another tree of the same size", *UNPROVEN),
    ("a tree that forgot", *UNPROVEN),
    ("a proof from nothing", "if request.proof:", "if False:"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "guard", "instead"), CONTROLS, ids=[each[0] for each in CONTROLS])
def test_control_without_its_guard_another_answer(tmp_path: Path, why: str, guard: str, instead: str) -> None:
    broken = variant(witnessing, guard, instead)
    broken.__dict__["OTHER"] = OTHER
    witness = Asked(tmp_path / "seen", module=broken)
    _, before, status, body = next(each for each in REFUSED if each[0] == why)
    assert witness(body_of(0, before)).status == 200
    assert witness(body()).status != status


def test_control_without_the_size_two_trees_of_one_size_are_cosigned(tmp_path: Path) -> None:
    def both(module: ModuleType) -> list[int]:
        witness = Asked(tmp_path / "seen", module=module)
        return [witness(body_of(old, 7, side=side)).status for old, side in ((0, "a"), (0, "b"))]

    assert both(witnessing) == [200, 409]
    assert both(variant(witnessing, "if request.old != known.size:", "if False:")) != [200, 409]


# How many witnesses (decision 0022)


def policy(needed: int, of: int) -> Policy:
    lines = [f"witness w{n} {WITNESSES[n].vkey}" for n in range(of)]
    names = " ".join(f"w{n}" for n in range(of))
    return parse_policy("\n".join([f"log {LOG.vkey}", *lines, f"group g {needed} {names}", "quorum g"]).encode())


def split_view(folder: Path, *, needed: int, of: int) -> bool:
    """Whether a log and one witness that plays along show two trees of one size that both have a quorum.

    Honest witnesses are shared out: each is shown one side. The last one cosigns whatever it is given.
    """
    honest = [Asked(folder / f"{n}", key=WITNESSES[n]) for n in range(of - 1)]
    views = {"a": note_of(7, side="a"), "b": note_of(7, side="b")}
    lines: dict[str, bytes] = {}
    for side in views:
        liar = Asked(folder / f"liar-{side}", key=WITNESSES[of - 1])
        lines[side] = liar(body_of(0, 7, side=side)).body
    for number, witness in enumerate(honest):
        side = "a" if number % 2 else "b"
        lines[side] += witness(body_of(0, 7, side=side)).body
        # It does not cosign the other side too, however it is asked.
        other = "b" if side == "a" else "a"
        assert {witness(body_of(old, 7, side=other)).status for old in (0, 7)} == {409, 422}
    met = 0
    for side, note in views.items():
        try:
            check_policy(note + lines[side], policy=policy(needed, of))
            met += 1
        except Refused:
            continue
    return met == 2


def test_two_of_three_stand_no_witness_that_plays_along_three_of_four_stand_one(tmp_path: Path) -> None:
    for needed, of, possible in ((2, 3, True), (3, 4, False)):
        folder = tmp_path / f"{needed}-{of}"
        folder.mkdir()
        assert split_view(folder, needed=needed, of=of) == possible
        # The rule behind it: two quorums share 2k - n witnesses, and one of them must be honest.
        assert (2 * needed - of <= 1) == possible
