# SPDX-License-Identifier: EUPL-1.2
"""The citizens' addresses (CONTRACT "Addresses"). Name, file in `pages/`, template and test share one stem."""

from django.urls import path

from melayani.portal.limits import few_filings, few_joinings, few_wrong_keys
from melayani.portal.pages.about import about_page
from melayani.portal.pages.accessibility import accessibility_page
from melayani.portal.pages.add_photos import add_photos_page
from melayani.portal.pages.case_feed import case_feed_page
from melayani.portal.pages.cases import cases_page
from melayani.portal.pages.confirm_case import confirm_case_page
from melayani.portal.pages.draft_photo import draft_photo_page
from melayani.portal.pages.file_case import file_case_page
from melayani.portal.pages.follow_case import follow_case_page
from melayani.portal.pages.home import home_page
from melayani.portal.pages.join_case import join_case_page
from melayani.portal.pages.ledger import ledger_page, ledger_statement_page
from melayani.portal.pages.ledger_promise import ledger_promise_page
from melayani.portal.pages.ledger_receipt import ledger_receipt_page
from melayani.portal.pages.ledger_sheet import ledger_sheet_page
from melayani.portal.pages.map_ground import map_ground_page, village_ground_page
from melayani.portal.pages.offline_form import offline_form_page
from melayani.portal.pages.offline_worker import offline_worker_page
from melayani.portal.pages.own_photo import own_photo_page
from melayani.portal.pages.own_words import own_words_page
from melayani.portal.pages.photo import photo_page
from melayani.portal.pages.privacy import privacy_page
from melayani.portal.pages.public_case import public_case_page
from melayani.portal.pages.reopen_case import reopen_case_page
from melayani.portal.pages.reply_to_question import reply_to_question_page
from melayani.portal.pages.service import service_page
from melayani.portal.pages.services import services_page
from melayani.portal.pages.similar_cases import similar_cases_page
from melayani.portal.pages.status import status_page
from melayani.portal.pages.withdraw_case import withdraw_case_page

app_name = "portal"
urlpatterns = [
    path("", home_page, name="home"),
    path("lapor", few_filings(file_case_page), name="file-case"),
    path("lapor/mirip", similar_cases_page, name="similar-cases"),
    path("lapor/luring", offline_form_page, name="offline-form"),
    path("lapor-sw.js", offline_worker_page, name="offline-worker"),
    # What the map of the filing page is drawn from.
    path("lapor/peta", map_ground_page, name="map-ground"),
    path("lapor/peta/<str:region>", village_ground_page, name="village-ground"),
    path("lacak", few_wrong_keys(follow_case_page), name="follow-case"),
    # The acts on the own case; number and key are in the form.
    path("lacak/balas", few_wrong_keys(reply_to_question_page), name="reply-to-question"),
    path("lacak/terima", few_wrong_keys(confirm_case_page), name="confirm-case"),
    path("lacak/buka-lagi", few_wrong_keys(reopen_case_page), name="reopen-case"),
    path("lacak/tarik", few_wrong_keys(withdraw_case_page), name="withdraw-case"),
    # What the citizen takes home: proofs of acts, the promise of the log, own texts, and a sheet to print.
    path("lacak/resi", few_wrong_keys(ledger_receipt_page), name="ledger-receipt"),
    path("lacak/janji", few_wrong_keys(ledger_promise_page), name="ledger-promise"),
    path("lacak/cerita", few_wrong_keys(own_words_page), name="own-words"),
    path("lacak/bukti", few_wrong_keys(ledger_sheet_page), name="ledger-sheet"),
    path("lacak/foto", few_wrong_keys(add_photos_page), name="add-photos"),
    # Photos: of the own case by a link that ends, of a filing not yet sent, and released ones.
    path("lacak/foto/<str:signed>", own_photo_page, name="own-photo"),
    path("lacak/foto/<str:signed>/kecil", own_photo_page, {"small": True}, name="own-small-photo"),
    path("lapor/foto/<str:name>", draft_photo_page, name="draft-photo"),
    path("foto/<str:name>", photo_page, name="photo"),
    path("foto/<str:name>/kecil", photo_page, {"small": True}, name="small-photo"),
    path("lacak/<str:number>", few_wrong_keys(follow_case_page), name="follow-this-case"),
    path("kasus", cases_page, name="cases"),
    path("kasus.atom", case_feed_page, name="case-feed"),
    path("kasus/<str:number>", public_case_page, name="public-case"),
    path("kasus/<str:number>/ikut", few_joinings(join_case_page), name="join-case"),
    path("layanan", services_page, name="services"),
    path("layanan/<slug:slug>", service_page, name="service"),
    path("buku-besar", ledger_page, name="ledger"),
    path("buku-besar/pernyataan/<str:sequence>", ledger_statement_page, name="ledger-statement"),
    path("status", status_page, name="status"),
    path("privasi", privacy_page, name="privacy"),
    path("tentang", about_page, name="about"),
    path("aksesibilitas", accessibility_page, name="accessibility"),
]
