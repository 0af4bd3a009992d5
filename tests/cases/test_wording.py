# SPDX-License-Identifier: EUPL-1.2
"""A refusal is said in the language of the page, with its numbers; machines get the plain Indonesian sentence."""

from collections.abc import Callable

import pytest
from django.utils import translation

from melayani.cases.wording import said_refusal
from melayani.government.rules import LoginRefused
from melayani.ground.errors import Refused
from melayani.ground.plain_text import TextRefused, check_length


def refusal_of(text: str, *, name: str, least: int = 1) -> Refused:
    """What is said of this text."""
    with pytest.raises(TextRefused) as refused:
        check_length(text, most=40, name=name, least=least)
    return refused.value


@pytest.mark.parametrize(
    ("refusal", "language", "said"),
    [
        (LoginRefused(wait_minutes=1), "en", "Too many failed attempts to sign in. Try again in 1 minute."),
        (LoginRefused(wait_minutes=2), "en", "Too many failed attempts to sign in. Try again in 2 minutes."),
        (
            LoginRefused(wait_minutes=1),
            "id",
            "Terlalu banyak percobaan masuk yang gagal. Coba lagi 1 menit lagi.",
        ),
        (
            refusal_of("x" * 41, name="Jawaban"),
            "en",
            "The answer is too long: 41 characters. At most 40 characters.",
        ),
        (refusal_of("x", name="Alasan", least=10), "en", "The reason is too short. Write at least 10 characters."),
        (refusal_of("x", name="Cerita Anda", least=10), "jv", "Cariyos panjenengan kecendhaken. Serat paling"),
        (refusal_of("", name="Pertanyaan"), "en", "Please write the question."),
        (Refused("x", "Tidak ada 100% yang tahu kalimat ini."), "en", "Tidak ada 100% yang tahu kalimat ini."),
        (Refused("x", "Sebanyak %(many)s hal.", many="<b>"), "en", "Sebanyak <b> hal."),
    ],
)
def test_what_people_read(refusal: Refused, language: str, said: str) -> None:
    with translation.override(language):
        assert said_refusal(refusal).startswith(said)


def as_before(refusal: Refused) -> str:
    """The control: looks up the finished sentence, which no catalogue can know."""
    return translation.gettext(refusal.message)


@pytest.mark.parametrize(("say", "is_english"), [(said_refusal, True), (as_before, False)])
def test_numbers_do_not_keep_a_refusal_in_indonesian(say: Callable[[Refused], str], is_english: bool) -> None:
    with translation.override("en"):
        assert say(LoginRefused(wait_minutes=7)).startswith("Too many") is is_english


def test_machines_and_logs_get_the_indonesian_sentence_in_every_language() -> None:
    with translation.override("en"):
        refusal = refusal_of("x" * 41, name="Jawaban")
    assert refusal.message == str(refusal) == "Jawaban terlalu panjang: 41 huruf. Paling banyak 40 huruf."
    assert (refusal.code, refusal.values) == ("text_long", {"length": 41, "most": 40})
