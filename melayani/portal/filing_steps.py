# SPDX-License-Identifier: EUPL-1.2
"""The steps of filing: their order, what each still misses, and what the whole form comes to at the end.

A draft is walked from the first step; the first one with a problem is shown. Nothing is written before the last step.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from melayani.cases.files import uploads_of
from melayani.cases.filing import Filing
from melayani.cases.rules import Channel, Privacy, privacy_pair
from melayani.catalogue.queries import QuestionRow, ServiceRow, promise_for, questions, service_row
from melayani.catalogue.rules import CatalogueRefused, Datatype, Kind
from melayani.government.queries import Due, PlaceRow, due_moment, place_row, unit_row
from melayani.ground.canonical_json import Json
from melayani.ground.plain_text import plain_line
from melayani.portal.draft import ANSWER, PERSON, PLACE, STORY, Draft
from melayani.portal.finding_place import PlaceStep, is_settled, settled_place, shown_place
from melayani.portal.forms import LandmarkForm, PageForm, PersonForm, StoryForm
from melayani.portal.points import read_point
from melayani.portal.service_answers import answers_form
from melayani.triage.queries import routing_for

APA, RINCI, TEMPAT, FOTO, SIAPA, PERIKSA = STEPS = ("apa", "rinci", "tempat", "foto", "siapa", "periksa")
# The step that a person counts: the questions of a service belong to what happened.
COUNTED = {APA: 1, RINCI: 1, TEMPAT: 2, FOTO: 3, SIAPA: 4, PERIKSA: 5}


@dataclass(frozen=True)
class Shown:
    """One step as it is shown: its forms and everything that is wrong in it."""

    step: str
    draft: Draft
    form: PageForm | None = None
    place: PlaceStep | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)

    def fields(self) -> tuple[str, ...]:
        """The names of the fields that the page shows itself; all others are carried hidden."""
        return shown_fields(self.step, self.draft)


def shown_fields(step: str, draft: Draft) -> tuple[str, ...]:
    """The names of the fields of a step."""
    if step == RINCI:
        return tuple(f"{ANSWER}{question.code}" for question in asked_of(draft) if question.variable)
    return {APA: STORY, TEMPAT: PLACE, SIAPA: PERSON}.get(step, ())


def chosen_service(draft: Draft) -> ServiceRow | None:
    """The service that the draft is about, if it is known."""
    kind, _colon, code = draft.get("tentang").partition(":")
    try:
        return service_row(code) if kind == "layanan" else None
    except CatalogueRefused:
        return None


def chosen_topic(draft: Draft) -> str:
    """The code of the topic: of the service, or chosen by itself, or empty."""
    kind, _colon, code = draft.get("tentang").partition(":")
    service = chosen_service(draft)
    if service is not None:
        return service.topic
    return code if kind == "topik" else ""


def asked_of(draft: Draft) -> tuple[QuestionRow, ...]:
    """The questions of the chosen service."""
    service = chosen_service(draft)
    return questions(service.code) if service else ()


def as_left(step: str, draft: Draft) -> Shown:
    """The step with what was typed so far, without judging it."""
    if step == TEMPAT:
        place = shown_place(draft)
        return Shown(step, place.draft, form=LandmarkForm(initial={"patokan": draft.get("patokan")}), place=place)
    return Shown(step, draft, form=_form(step, draft, bound=False))


def judged(step: str, draft: Draft) -> Shown:
    """The step with everything that is wrong in it; no problems = the person may go on, with `draft` as it is then."""
    if step == TEMPAT:
        return judged_place(settled_place(draft))
    form = _form(step, draft, bound=True)
    return Shown(step, draft, form=form, problems=form.problems() if form else [])


def judged_place(place: PlaceStep) -> Shown:
    """The place step with its landmark, after a search or a choice."""
    landmark = LandmarkForm(place.draft.bound())
    return Shown(TEMPAT, place.draft, form=landmark, place=place, problems=[*place.problems, *landmark.problems()])


def _form(step: str, draft: Draft, *, bound: bool) -> PageForm | None:
    data = draft.bound() if bound else None
    initial = {} if bound else _initial(draft)
    if step == APA:
        return StoryForm(data, initial=initial)
    if step == RINCI:
        return answers_form(asked_of(draft), data=data, initial=initial)
    if step == SIAPA:
        return PersonForm(data, initial=initial)
    return None


def _initial(draft: Draft) -> dict[str, object]:
    many = {f"{ANSWER}{question.code}" for question in asked_of(draft) if question.datatype == Datatype.MULTIVALUELIST}
    return {name: list(texts) if name in many else texts[-1] for name, texts in draft.values.items() if texts}


def after(step: str, draft: Draft) -> str:
    """The step that follows, leaving out questions when the service has none."""
    following = STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]
    return TEMPAT if following == RINCI and not asked_of(draft) else following


def before(step: str, draft: Draft) -> str:
    """The step before, as `after`."""
    preceding = STEPS[max(STEPS.index(step) - 1, 0)]
    return APA if preceding == RINCI and not asked_of(draft) else preceding


def first_problem(draft: Draft) -> Shown | None:
    """The first step that still misses something, judged; None when the draft can be sent."""
    for step in (APA, RINCI, TEMPAT, SIAPA):
        settled = step == TEMPAT and is_settled(draft)
        shown = judged_place(shown_place(draft)) if settled else judged(step, draft)
        if shown.problems:
            return shown
    return None


def filing_of(draft: Draft) -> Filing:
    """What the complete draft comes to. An anonymous filing carries no name, whatever was typed in the box."""
    story, person = StoryForm(draft.bound()), PersonForm(draft.bound())
    landmark, answers = LandmarkForm(draft.bound()), answers_form(asked_of(draft), data=draft.bound())
    for form in (story, person, landmark, answers):
        form.full_clean()
    privacy = Privacy(person.cleaned_data["privasi"])
    name = "" if privacy is Privacy.ANONIM else person.cleaned_data["nama"]
    identity, visibility = privacy_pair(privacy, named=bool(name))
    service = chosen_service(draft)
    latitude, longitude = read_point(draft.get("titik")) or (None, None)
    return Filing(
        text=story.cleaned_data["cerita"],
        place=draft.get("tempat"),
        kind=Kind(story.cleaned_data["jenis"]),
        topic=chosen_topic(draft),
        service=service.code if service else "",
        identity=identity,
        visibility=visibility,
        channel=Channel.WEB,
        name=name,
        email=person.cleaned_data["surel"],
        phone=person.cleaned_data["telepon"],
        address=landmark.cleaned_data["patokan"],
        latitude=latitude,
        longitude=longitude,
        answers=_said(answers.cleaned_data),
        uploads=uploads_of(draft.get("kiriman")),
        token=draft.get("kiriman"),
    )


def _said(cleaned: dict[str, object]) -> dict[str, Json]:
    """The answers that were given, by the code of the question."""
    return {
        name.removeprefix(ANSWER): [str(v) for v in value] if isinstance(value, list) else str(value)
        for name, value in cleaned.items()
        if value
    }


@dataclass(frozen=True)
class Outlook:
    """Where the draft would go if it were sent now, and by when it would be answered."""

    unit_name: str
    decided: bool
    why: str
    due: Due
    days: int
    basis: str


def outlook(filing: Filing, *, at: datetime) -> Outlook:
    """What sending would bring; nothing is written."""
    place = place_row(filing.place)
    routing = routing_for(topic=filing.topic, service_code=filing.service, place_code=place.code)
    promise = promise_for(service_code=filing.service, kind=filing.kind)
    return Outlook(
        unit_name=unit_row(routing.unit_code).name,
        decided=routing.decided,
        why=routing.why,
        due=due_moment(filed_at=at, days=promise.days, basis=promise.basis, region_code=place.region_code),
        days=promise.days,
        basis=promise.basis,
    )


def place_of(draft: Draft) -> PlaceRow:
    """The place of a settled draft."""
    return place_row(draft.get("tempat"))


def shown_answers(draft: Draft) -> list[tuple[str, str]]:
    """The answers to the questions in words: (question, answer), for checking before sending."""
    rows: list[tuple[str, str]] = []
    for question in asked_of(draft):
        if question.variable:
            given = draft.values.get(f"{ANSWER}{question.code}", ())
            said = [_answer_in_words(question, plain_line(text)) for text in given if plain_line(text)]
            rows.append((question.label, ", ".join(said) or _("tidak diisi")))
    return rows


def _answer_in_words(question: QuestionRow, answer: str) -> str:
    """An answer as a person says it: the name of a choice, a day with its name."""
    if question.datatype == Datatype.DATETIME:
        return date_format(date.fromisoformat(answer), "l, j F Y")
    return dict(question.values).get(answer, answer)
