# SPDX-License-Identifier: EUPL-1.2
"""Filing in a few calm steps: what happened, where, who may know, check, send. Nothing is written before the last one.

All values travel in the form. The answer to sending is the page with number and key: the key is in no address, and the
same form sent again gets the same answer.
"""

import re

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from melayani.cases.files import FileRow, file_row, filed_photos, uploads_of
from melayani.cases.filing import Filed, file_case
from melayani.cases.promises import signed_promise
from melayani.cases.rules import CITIZEN, MOST_PHOTOS, Privacy
from melayani.cases.thread import drawn_thread
from melayani.cases.wording import PRIVACIES
from melayani.catalogue.queries import service_by_slug, topic_row
from melayani.catalogue.rules import CatalogueRefused
from melayani.government.queries import due_moment
from melayani.ground.clock import now
from melayani.ground.errors import Refused
from melayani.portal.answering import page, said
from melayani.portal.draft import ANSWER, Draft
from melayani.portal.filing_steps import (
    APA,
    COUNTED,
    FOTO,
    PERIKSA,
    RINCI,
    SIAPA,
    STEPS,
    TEMPAT,
    Shown,
    after,
    as_left,
    asked_of,
    before,
    chosen_service,
    filing_of,
    first_problem,
    judged,
    judged_place,
    outlook,
    place_of,
    shown_answers,
)
from melayani.portal.finding_place import BUTTONS as PLACE_BUTTONS
from melayani.portal.finding_place import all_regions
from melayani.portal.forms import KIND_CHOICES
from melayani.portal.photo_step import changed_photos, draft_thumbs, lost_photos, sent_thumbs
from melayani.portal.similar_to import similar_to
from melayani.portal.skipped_days import skipped_in_words

# Sixteen digits in a row are most likely an identity number, which must not be in the text.
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{16}(?!\d)")
# Which step a refusal of the filing itself belongs to; all others stay on the last page.
_STEP_OF_REFUSAL = {
    "service_closed": APA,
    "service_unknown": APA,
    "topic_unknown": APA,
    "text_short": APA,
    "text_long": APA,
    "place_unknown": TEMPAT,
    "name_missing": SIAPA,
    "too_many_files": FOTO,
    "uploads_gone": FOTO,
}


@require_http_methods(["GET", "HEAD", "POST"])
def file_case_page(request: HttpRequest) -> HttpResponse:
    """The form, one step at a time; after sending, the receipt."""
    if request.method != "POST":
        return step_page(request, as_left(APA, _from_address(request)))
    draft = Draft.read(request.POST)
    step, wish = request.POST.get("langkah", ""), request.POST.get("tuju", "")
    if step == FOTO:
        shown, stays = changed_photos(request, draft, wish=wish, at=now())
        if stays:
            return step_page(request, shown)
        draft = shown.draft
    return _moved(request, draft, step if step in STEPS else APA, wish)


def _from_address(request: HttpRequest) -> Draft:
    """A fresh form that knows the service or topic of the link it came by."""
    try:
        if slug := request.GET.get("layanan", ""):
            service = service_by_slug(slug)
            return Draft.fresh(tentang=f"layanan:{service.code}", jenis=service.kind)
        if topic := request.GET.get("topik", ""):
            return Draft.fresh(tentang=f"topik:{topic_row(topic).code}")
    except CatalogueRefused:
        pass  # an old link: the form is simply empty
    return Draft.fresh()


def _moved(request: HttpRequest, draft: Draft, step: str, wish: str) -> HttpResponse:
    """Where the button that was pressed leads."""
    target = wish.removeprefix("ubah-")
    if wish.startswith("ubah-") and target in STEPS:
        return step_page(request, as_left(target, draft.with_(ubah="ya")))
    if wish in ("tetap", "kembali"):
        return step_page(request, as_left(step if wish == "tetap" else before(step, draft), draft))
    if wish in PLACE_BUTTONS:
        return step_page(request, judged_place(PLACE_BUTTONS[wish](draft)))
    return _sent(request, draft) if wish == "kirim" else _gone_on(request, draft, step)


def _gone_on(request: HttpRequest, draft: Draft, step: str) -> HttpResponse:
    """The next step, or this one with what is wrong in it; who came back to change something returns to the end."""
    shown = judged(step, draft)
    if shown.problems or (shown.place and not shown.place.chosen):
        return step_page(request, shown)
    following = PERIKSA if shown.draft.get("ubah") else after(step, shown.draft)
    return step_page(request, as_left(following, shown.draft))


def _sent(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The case is filed and the receipt shown; or the step that still misses something."""
    missing = first_problem(draft) or lost_photos(draft)
    if missing is not None:
        return step_page(request, missing)
    if request.POST.get("kiriman") != draft.get("kiriman"):
        problem = _("Formulir ini tidak lengkap diterima. Periksa jawaban Anda, lalu tekan Kirim sekali lagi.")
        return step_page(request, Shown(PERIKSA, draft, problems=[("", problem)]))
    filing = filing_of(draft)
    try:
        filed = file_case(filing=filing, by=CITIZEN, at=now())
    except Refused as refusal:
        step = _STEP_OF_REFUSAL.get(refusal.code, PERIKSA)
        left = as_left(step, draft)
        return step_page(request, Shown(step, left.draft, left.form, left.place, problems=[("", said(refusal))]))
    photos = filed_photos(filed.number) if filed.repeated else tuple(map(file_row, filing.uploads))
    return _receipt(request, draft, filed, photos)


def _receipt(request: HttpRequest, draft: Draft, filed: Filed, photos: tuple[FileRow, ...]) -> HttpResponse:
    """Number, key, unit and promise, shown once."""
    due = due_moment(
        filed_at=filed.filed_at, days=filed.days, basis=filed.basis, region_code=place_of(draft).region_code
    )
    context = {
        "filed": filed,
        "photos": sent_thumbs(photos, at=now()),
        "secret": draft.get("privasi") == Privacy.RAHASIA,
        "thread": drawn_thread(filed_at=filed.filed_at, due_at=filed.due_at, at=filed.filed_at, acts=[filed.filed_at]),
        # A promise that moved since the first sending rests on other days than these.
        "skipped": skipped_in_words(due.skipped) if due.at == filed.due_at else "",
        "provisional": due.provisional,
        "signed": signed_promise(number=filed.number),
    }
    return page(request, "file_case_receipt", context, private=True)


def step_page(request: HttpRequest, shown: Shown, *, note: str = "", status: int = 0) -> HttpResponse:
    """The page of one step; 422 when something in it is wrong. The last step is shown only for a complete form.

    Never kept by a browser: a page from its memory would carry an old token, and a second case would be taken for the
    first one sent again.
    """
    if shown.step == PERIKSA:
        shown = first_problem(shown.draft) or lost_photos(shown.draft) or shown
    draft = shown.draft
    context: dict[str, object] = {
        "shown": shown,
        "form": shown.form,
        "place": shown.place,
        "problems": shown.problems,
        "hidden": draft.hidden(shown.fields()),
        "counted": COUNTED[shown.step],
        "counted_in_all": COUNTED[PERIKSA],
        "note": note,
        **_context_of(shown),
    }
    answer = page(request, f"file_case_{shown.step}", context, status=status or (422 if shown.problems else 200))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _context_of(shown: Shown) -> dict[str, object]:
    """What one step shows beyond its form."""
    draft = shown.draft
    if shown.step == TEMPAT:
        return {"regions": all_regions()}
    if shown.step == RINCI and shown.form is not None:
        asked = asked_of(draft)
        return {"questions": [(q, shown.form[f"{ANSWER}{q.code}"] if q.variable else None) for q in asked]}
    if shown.step == FOTO:
        kept = uploads_of(draft.get("kiriman"))
        wrong = [message for _anchor, message in shown.problems]
        shown_photos = {"photos": draft_thumbs(kept), "room": len(kept) < MOST_PHOTOS, "wrong": wrong}
        # The first page after story and place are known: before anything more is asked.
        return {**shown_photos, "similar": () if kept or wrong else similar_to(draft, at=now())}
    if shown.step == SIAPA:
        return {"privacies": [(value, name, help_) for value, (name, help_) in PRIVACIES.items()]}
    return _answers_to_check(draft) if shown.step == PERIKSA else {}


def _answers_to_check(draft: Draft) -> dict[str, object]:
    """Everything that was said, in words, and what sending it would bring."""
    filing, service = filing_of(draft), chosen_service(draft)
    name, help_ = PRIVACIES[draft.get("privasi")]
    return {
        "filing": filing,
        "photos": draft_thumbs(filing.uploads),
        "kind_name": dict(KIND_CHOICES)[filing.kind],
        "about": service.name if service else topic_row(filing.topic).name if filing.topic else "",
        "answers": shown_answers(draft),
        "place_name": place_of(draft).full_name,
        "privacy_name": name,
        "privacy_help": help_,
        "name_left_out": bool(draft.get("nama").strip()) and not filing.name,
        "outlook": outlook(filing, at=now()),
        "identity_number": bool(_IDENTITY_NUMBER.search(filing.text)),
    }
