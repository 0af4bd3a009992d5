# SPDX-License-Identifier: EUPL-1.2
"""Policies: the example of the specification, every rule with its line, and quorums decided as they are written."""

from itertools import chain, combinations
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melayani.ground.errors import Refused
from melayani.ledger import policy as policy_module
from melayani.ledger.cosignatures import cosign
from melayani.ledger.note import NoteRefused, SignatureLine, add_lines, sign_note
from melayani.ledger.policy import Policy, PolicyRefused, check_policy, parse_policy, policy_of_logs
from melayani.ledger.vkeys import COSIGNATURE, NoteKey
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key, variant

TEXT = f"{ORIGIN}\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n"
X1, X2, X3, Y1 = (key.vkey for key in WITNESSES)
Y2, Y3 = (a_key(f"y{n}.example", kind=COSIGNATURE).vkey for n in (2, 3))
# The example of C2SP tlog-policy, with keys of ours.
EXAMPLE = f"""
log {LOG.vkey}

witness X1 {X1}
witness X2 {X2}
witness X3 {X3}
group X-witnesses 2 X1 X2 X3

witness Y1 {Y1}
witness Y2 {Y2}
witness Y3 {Y3}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
TWO_OF_THREE = f"log {LOG.vkey}\nwitness a {X1}\nwitness b {X2}\nwitness c {X3}\ngroup g 2 a b c\nquorum g\n"


def read(text: str) -> Policy:
    return parse_policy(text.encode())


def seen_by(*witnesses: NoteKey, text: str = TEXT) -> bytes:
    lines = [SignatureLine(w.name, w.key_id, cosign(text=text.encode(), key=w, at=9)) for w in witnesses]
    return add_lines(sign_note(text, keys=[LOG]), lines=lines)


def test_the_example_of_the_specification() -> None:
    policy = read(EXAMPLE)
    assert [key.vkey for key in policy.logs] == [LOG.vkey]
    assert list(policy.witnesses) == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    names = list(policy.witnesses)
    for chosen in chain.from_iterable(combinations(names, count) for count in range(7)):
        enough = sum(n.startswith("X") for n in chosen) >= 2 and any(n.startswith("Y") for n in chosen)
        assert policy.is_met(chosen) == enough


def test_blanks_comments_addresses_and_a_missing_last_newline() -> None:
    policy = read(
        f"# a comment\n \t# another\n\n\t log\t{LOG.vkey}  https://melayani.example/ledger\t\n"
        f"witness w {X1} https://w.example\nquorum w"
    )
    assert policy.is_met(["w"])
    assert not policy.is_met([])
    assert not policy.is_met(["quorum", "stranger"])


def test_without_witnesses() -> None:
    assert read("quorum none\n") == Policy(logs=(), witnesses={}, groups={}, quorum="none")
    assert read(f"log {LOG.vkey}\nquorum none\n") == policy_of_logs([LOG.vkey])
    assert policy_of_logs([LOG.vkey]).is_met([])
    for wrong in ([X1], ["x"], [LOG.vkey, LOG.vkey]):
        with pytest.raises(PolicyRefused):
            policy_of_logs(wrong)


def test_two_of_three_and_one_witness_that_is_down() -> None:
    policy = read(TWO_OF_THREE)
    for count in range(4):
        for chosen in combinations(WITNESSES[:3], count):
            note = seen_by(*chosen)
            if count >= 2:
                opened, cosigned = check_policy(note, policy=policy)
                assert opened.checkpoint.size == 1
                assert len(cosigned) == count
            else:
                with pytest.raises(PolicyRefused, match=f"baru {count} saksi"):
                    check_policy(note, policy=policy)
    # One witness twice, and witnesses nobody named, do not count.
    again = SignatureLine(WITNESSES[0].name, WITNESSES[0].key_id, cosign(text=TEXT.encode(), key=WITNESSES[0], at=10))
    with pytest.raises(PolicyRefused):
        check_policy(add_lines(seen_by(WITNESSES[0], WITNESSES[3]), lines=[again]), policy=policy)


def test_a_wrong_cosignature_of_a_named_witness_spoils_the_checkpoint() -> None:
    elsewhere = cosign(text=b"another text\n", key=WITNESSES[2], at=9)
    wrong = SignatureLine(WITNESSES[2].name, WITNESSES[2].key_id, elsewhere)
    with pytest.raises(NoteRefused):
        check_policy(add_lines(seen_by(*WITNESSES[:2]), lines=[wrong]), policy=read(TWO_OF_THREE))


def test_a_log_that_is_not_named_is_not_trusted() -> None:
    other = a_key(ORIGIN, seed="other")
    for note in (sign_note(TEXT, keys=[other]), seen_by(*WITNESSES[:3]).replace(LOG.name.encode(), b"other.example")):
        with pytest.raises(Refused):
            check_policy(note, policy=read(TWO_OF_THREE))


W = f"witness a {X1}\nwitness b {X2}\n"
LONG = "".join(f"witness w{n} {a_key(f'w{n}', kind=COSIGNATURE).vkey}\n" for n in range(260))
BAD = [
    ("", 0),
    (W, 0),
    ("quorum\n", 1),
    ("quorum none none\n", 1),
    ("quorum none\nquorum none\n", 2),
    (W + "quorum a\nquorum none\n", 4),
    (W + "quorum c\n", 3),
    ("quorum a\n" + W, 1),
    ("quorum none\nlogs x\n", 2),
    ("log\nquorum none\n", 1),
    (f"log {LOG.vkey} u v\nquorum none\n", 1),
    ("log x\nquorum none\n", 1),
    (f"log {X1}\nquorum none\n", 1),
    (f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none\n", 2),
    (f"witness a\n{W}quorum none\n", 1),
    (f"witness c {LOG.vkey}\nquorum none\n", 1),
    (f"witness c {X1} u v\nquorum none\n", 1),
    (f"witness none {X1}\nquorum none\n", 1),
    (W + f"witness a {X3}\nquorum none\n", 3),
    (W + f"witness c {X1}\nquorum none\n", 3),
    (W + "group g\nquorum none\n", 3),
    (W + "group g 1\nquorum none\n", 3),
    (W + "group none any a\nquorum none\n", 3),
    (W + "group a any b\nquorum none\n", 3),
    (W + "group g any a a\nquorum none\n", 3),
    (W + "group g any a c\nquorum none\n", 3),
    (W + "group g any g\nquorum none\n", 3),
    (W + "group g any none\nquorum none\n", 3),
    (W + "group g any a\ngroup h any a b\nquorum none\n", 4),
    *(
        (W + f"group g {k} a b\nquorum none\n", 3)
        for k in ("0", "3", "-1", "01", "+1", "1.0", "most", "9" * 5000, "ANY")
    ),
    ("quorum none\r\n", 1),
    ("# \x00\nquorum none\n", 1),
    ("\x0cquorum none\n", 1),
    ("quorum none\n# \x7f\n", 2),
    ("\u00a0quorum none\n", 1),
    ("quorum\u00a0none\n", 1),
    (LONG + "quorum none\n", 257),
    ("\n" * 2_001 + "quorum none\n", 0),
    ("#" * 300_000 + "\nquorum none\n", 0),
]


@pytest.mark.parametrize(("text", "line"), BAD, ids=range(len(BAD)))
def test_what_is_no_policy_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(PolicyRefused) as refused:
        read(text)
    assert refused.value.values["line"] == line
    assert (f"baris {line}:" in refused.value.message) == (line > 0)


@pytest.mark.parametrize("wrong", ["quorum none\n", None, 7])
def test_what_is_no_file_is_refused(wrong: object) -> None:
    with pytest.raises(PolicyRefused):
        parse_policy(wrong)  # type: ignore[arg-type]  # what a careless caller may pass


def test_names_are_opaque_bytes() -> None:
    content = b"witness \xff " + X1.encode() + b"\nwitness \xfe " + X2.encode() + b"\ngroup K 2 \xff \xfe\nquorum K\n"
    assert len(parse_policy(content).witnesses) == 2
    with pytest.raises(PolicyRefused):
        parse_policy(content.replace(b"2 \xff \xfe", b"2 \xff \xe2\x84\xaa"))


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=60)
def test_noise_is_refused_and_nothing_else_is_raised(noise: bytes) -> None:
    for content in (noise, EXAMPLE.encode() + noise, noise + b" " + EXAMPLE.encode()):
        try:
            parse_policy(content)
        except PolicyRefused:
            continue


def test_thirty_two_of_each_are_possible() -> None:
    logs = "".join(f"log {a_key(f'l{n}').vkey}\n" for n in range(32))
    witnesses = "".join(f"witness w{n} {a_key(f'w{n}', kind=COSIGNATURE).vkey}\n" for n in range(32))
    groups = (
        "".join(f"group g{n} any w{n}\n" for n in range(31))
        + f"group g 16 w31 {' '.join(f'g{n}' for n in range(31))}\n"
    )
    policy = read(logs + witnesses + groups + "quorum g\n")
    assert policy.is_met([f"w{n}" for n in range(16)])
    assert not policy.is_met([f"w{n}" for n in range(15)])


# Controls


def misread(module: ModuleType) -> bool:
    for text, _ in BAD:
        try:
            module.parse_policy(text.encode())
        except Refused:
            continue
        except Exception:  # whatever else is raised is a broken variant
            return True
        return True
    for count in range(4):
        try:
            module.check_policy(seen_by(*WITNESSES[:count]), policy=module.parse_policy(TWO_OF_THREE.encode()))
        except Refused:
            if count >= 2:
                return True
        else:
            if count < 2:
                return True
    return bool(module.parse_policy(EXAMPLE.encode()).is_met(["X1", "X2", "Y3", "a"]) is False)


BROKEN = [
    ("if not policy.is_met(cosigned):", "if False:"),
    (">= group.threshold", "> group.threshold"),
    (">= group.threshold", ">= 1"),
    ("if quorum is not None:", "if False:"),
    ("if quorum is None:", "if quorum == ():"),
    ("if member in self.members:", "if False:"),
    ("if name not in self.witnesses and name not in self.groups:", "if False:"),
    ("if name == NONE or name in self.witnesses", "if name in self.witnesses"),
    ("if name == NONE or name in self.witnesses or name in self.groups:", "if name == NONE:"),
    ("if key.kind != kind:", "if False:"),
    ("if any(key.public == other.public for other in known):", "if False:"),
    ("if len(known) >= MOST_NAMED:", "if False:"),
    ("if threshold is None or not 1 <= threshold <= len(members):", "if threshold is None:"),
    ("if len(rest) != 1:", "if not rest:"),
    ('or letter == "\\x7f"', ""),
    ('letter < " " and letter != "\\t"', "False"),
    ("or len(content) > MOST_POLICY_BYTES", ""),
    ('or content.count(b"\\n") > MOST_LINES', ""),
]


def test_the_whole_reader_misreads_nothing() -> None:
    assert not misread(policy_module)


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_the_control_a_reader_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert misread(variant(policy_module, step, instead))
