# SPDX-License-Identifier: EUPL-1.2
"""The citizens' addresses (CONTRACT "Addresses"). Name, file in `pages/`, template and test share one stem."""

from django.urls import path

from melayani.portal.pages.about import about_page
from melayani.portal.pages.accessibility import accessibility_page
from melayani.portal.pages.case_feed import case_feed_page
from melayani.portal.pages.cases import cases_page
from melayani.portal.pages.confirm_case import confirm_case_page
from melayani.portal.pages.file_case import file_case_page
from melayani.portal.pages.follow_case import follow_case_page
from melayani.portal.pages.home import home_page
from melayani.portal.pages.privacy import privacy_page
from melayani.portal.pages.public_case import public_case_page
from melayani.portal.pages.reopen_case import reopen_case_page
from melayani.portal.pages.reply_to_question import reply_to_question_page
from melayani.portal.pages.service import service_page
from melayani.portal.pages.services import services_page
from melayani.portal.pages.status import status_page
from melayani.portal.pages.withdraw_case import withdraw_case_page

app_name = "portal"
urlpatterns = [
    path("", home_page, name="home"),
    path("lapor", file_case_page, name="file-case"),
    path("lacak", follow_case_page, name="follow-case"),
    # The acts on the own case; number and key are in the form.
    path("lacak/balas", reply_to_question_page, name="reply-to-question"),
    path("lacak/terima", confirm_case_page, name="confirm-case"),
    path("lacak/buka-lagi", reopen_case_page, name="reopen-case"),
    path("lacak/tarik", withdraw_case_page, name="withdraw-case"),
    path("lacak/<str:number>", follow_case_page, name="follow-this-case"),
    path("kasus", cases_page, name="cases"),
    path("kasus.atom", case_feed_page, name="case-feed"),
    path("kasus/<str:number>", public_case_page, name="public-case"),
    path("layanan", services_page, name="services"),
    path("layanan/<slug:slug>", service_page, name="service"),
    path("status", status_page, name="status"),
    path("privasi", privacy_page, name="privacy"),
    path("tentang", about_page, name="about"),
    path("aksesibilitas", accessibility_page, name="accessibility"),
]
