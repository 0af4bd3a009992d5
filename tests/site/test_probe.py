# SPDX-License-Identifier: EUPL-1.2
"""The probe against the real addresses: it files, waits for the seal, and is content with nothing but the proof."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from melayani.cases import vault
from melayani.cases.acting import case_key
from melayani.cases.models import Case, CaseText
from melayani.cases.rules import Channel
from melayani.government.reference_actions import create_client
from melayani.ledger.keys import log_key
from melayani.site import probing
from melayani.site.alarms import Alarm
from melayani.site.fetching import Answered, Server, Unreachable
from melayani.site.probing import TEXT, Probe, Probed, probe
from tests.builders import KEPANJEN, filed
from tests.cases.some_audits import sealed
from tests.conftest import MONDAY
from tests.ledger.some_keys import a_key, variant

pytestmark = pytest.mark.django_db


class Here(Server):
    """Our own addresses without a network; `change` may spoil what they answer."""

    def __init__(self, change: Callable[[str, Answered], Answered] | None = None) -> None:
        super().__init__("http://127.0.0.1")
        self._client, self._change = Client(), change

    def ask(
        self,
        path: str,
        *,
        most: int,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """The answer of the program itself."""
        assert headers is None
        answer = self._client.get(f"/{path}") if form is None else self._client.post(f"/{path}", dict(form))
        assert len(answer.content) <= most
        answered = Answered(answer.status_code, answer.content, dict(answer.headers))
        return self._change(path, answered) if self._change else answered


@pytest.fixture
def what() -> Probe:
    return Probe(api_key=create_client(code="pemantau", name="Pemantau", at=MONDAY), service="SAMPAH", place=KEPANJEN)


class Waiting:
    """Seals after `until` waits; the clock goes on by a second each."""

    def __init__(self, until: int) -> None:
        self._until, self.waited = until, 0

    def wait(self, seconds: float) -> None:
        self.waited += int(seconds)
        if self.waited == self._until:
            sealed(MONDAY)

    def clock(self) -> float:
        return float(self.waited)


def probed(what: Probe, waiting: Waiting, server: Server | None = None) -> Probed:
    key = log_key(Path(settings.KEYS)).verifier
    return probe(server or Here(), keys=[key], what=what, wait=waiting.wait, clock=waiting.clock)


def test_a_test_case_is_filed_and_its_proof_awaited(what: Probe) -> None:
    found = probed(what, Waiting(3))
    assert (found.seconds, found.promised) == (3.0, True)
    case = Case.objects.get(number=found.number)
    assert (case.channel, case.visibility) == (Channel.OPEN311, "PUBLIC")
    text = CaseText.objects.get(event__case=case)
    opened = vault.open_text(
        key=case_key(case), stream=bytes(case.stream), sequence=0, sealed=bytes(text.sealed or b"")
    )
    assert opened["text"] == TEXT
    assert "Uji buku besar" in TEXT


def test_a_case_that_does_not_enter_in_time_is_cried(what: Probe) -> None:
    with pytest.raises(Alarm) as raised:
        probed(what, Waiting(1000))
    assert raised.value.code == "not_entered"
    assert probed(what, Waiting(60)).seconds == 60.0


def test_the_proof_of_another_log_is_cried(what: Probe) -> None:
    waiting = Waiting(1)
    with pytest.raises(Alarm) as raised:
        probe(Here(), keys=[a_key("melayani-test.example/ledger").verifier], what=what, wait=waiting.wait,
              clock=waiting.clock)  # fmt: skip
    assert raised.value.code == "proof"


def other_proof(number: str) -> Here:
    """Answers with the proof of another case."""

    def change(path: str, answered: Answered) -> Answered:
        if not path.startswith("ledger/proof/") or answered.status != 200:
            return answered
        return Here().ask(f"ledger/proof/{number}", most=10_000)

    return Here(change)


def saying(body: bytes) -> Here:
    """Answers everything with this body."""
    return Here(lambda _, answered: Answered(answered.status, body, {}))


def test_the_proof_of_another_case_breaks_the_promise(what: Probe) -> None:
    number = filed().number
    sealed(MONDAY)
    with pytest.raises(Alarm) as raised:
        probed(what, Waiting(1), other_proof(number))
    assert raised.value.code == "promise_broken"
    # Control: who does not compare with the promise takes any proof.
    blind = variant(probing, "    if promise and not _is_promised(promise, proven):\n", "    if False:\n")
    waiting = Waiting(1)
    key = log_key(Path(settings.KEYS)).verifier
    assert blind.probe(other_proof(number), keys=[key], what=what, wait=waiting.wait, clock=waiting.clock)


def test_a_key_that_may_not_file_and_an_answer_without_a_number_are_no_alarm(what: Probe) -> None:
    wrong = Probe(api_key="salah", service=what.service, place=what.place)
    with pytest.raises(Unreachable):
        probed(wrong, Waiting(1))
    for body in (b"", b"{}", b"[]", b"[1]", b'[{"service_request_id": "../../x"}]'):
        with pytest.raises(Unreachable):
            probed(what, Waiting(1), saying(body))
