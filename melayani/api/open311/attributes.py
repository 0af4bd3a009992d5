# SPDX-License-Identifier: EUPL-1.2
"""Checks the answers to the questions of a service. Everything that is wrong is told together. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from melayani.api.open311.reading import Fields, finite_number
from melayani.catalogue.rules import LISTS, Datatype
from melayani.catalogue.shelf import QuestionRow
from melayani.ground.canonical_json import Json
from melayani.ground.errors import Refused
from melayani.ground.plain_text import plain_line, plain_text

MOST_LINE = 500
MOST_TEXT = 4000


class AnswerRefused(Refused):
    """This answer does not fit its question; the message says what would."""


def read_answers(fields: Fields, asked: Sequence[QuestionRow]) -> dict[str, Json]:
    """The answers by code in the order of the questions; what is wrong is in `fields.problems`."""
    given = fields.attributes()
    known = {question.code for question in asked}
    fields.problems += [f"attribute[{plain_line(code)}] tidak dikenal." for code in given if code not in known]
    answers: dict[str, Json] = {}
    for question in asked:
        typed = given.get(question.code)
        if typed is None:
            if question.required and question.variable:
                fields.problems.append(f"attribute[{question.code}] wajib diisi: {question.label}")
            continue
        try:
            answers[question.code] = checked(question, typed)
        except AnswerRefused as refused:
            fields.problems.append(f"attribute[{question.code}]: {refused.message}")
    return answers


def checked(question: QuestionRow, typed: Sequence[str]) -> Json:
    """The answer as it is kept: a string, or a list of keys. Numbers and dates stay as typed, once they are sound."""
    if not question.variable:
        raise AnswerRefused("answer", "ini keterangan saja dan tidak diisi.")
    if question.datatype in LISTS:
        return _keys(question, [plain_line(value) for value in typed])
    values = list(dict.fromkeys(map(plain_text, typed)))
    if len(values) > 1:
        raise AnswerRefused("answer", "dikirim lebih dari sekali. Kirim satu jawaban.")
    return _CHECKS[Datatype(question.datatype)](values[0])


def _keys(question: QuestionRow, typed: Sequence[str]) -> Json:
    known = {key for key, _ in question.values}
    chosen = list(dict.fromkeys(typed))
    if any(key not in known for key in chosen):
        raise AnswerRefused("answer", f"pilih dari: {', '.join(key for key, _ in question.values)}.")
    if question.datatype == Datatype.MULTIVALUELIST:
        return chosen
    if len(chosen) > 1:
        raise AnswerRefused("answer", "pilih satu saja.")
    return chosen[0]


def _line(value: str) -> str:
    line = plain_line(value)
    if len(line) > MOST_LINE:
        raise AnswerRefused("answer", f"paling banyak {MOST_LINE} huruf.")
    return line


def _text(value: str) -> str:
    if len(value) > MOST_TEXT:
        raise AnswerRefused("answer", f"paling banyak {MOST_TEXT} huruf.")
    return value


def _number(value: str) -> str:
    if finite_number(value) is None:
        raise AnswerRefused("answer", "tulis sebagai angka, misalnya 14 atau 2.5.")
    return value


def _datetime(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise AnswerRefused(
            "answer", "tulis sebagai tanggal ISO 8601, misalnya 2026-01-05 atau 2026-01-05T09:00:00+07:00."
        ) from error
    return value


_CHECKS: Mapping[Datatype, Callable[[str], str]] = {
    Datatype.STRING: _line,
    Datatype.TEXT: _text,
    Datatype.NUMBER: _number,
    Datatype.DATETIME: _datetime,
}


def in_words(asked: Sequence[QuestionRow], answers: Mapping[str, Json]) -> list[str]:
    """Each answer as `Label: answer`, in the order of the questions, with the names of what was chosen."""
    return [
        f"{question.label.rstrip('?:. ')}: {_said(question, answers[question.code])}"
        for question in asked
        if question.code in answers
    ]


def _said(question: QuestionRow, answer: Json) -> str:
    names = dict(question.values)
    if isinstance(answer, list):
        return ", ".join(names.get(str(key), str(key)) for key in answer)
    return names.get(str(answer), str(answer))
