"""Static files are served without a warning for each of them, also under ASGI."""

import asyncio
import warnings

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.test import AsyncRequestFactory

from kboss.static_files import StaticFiles

STYLE = b".kb { color: #1f5eff; }" * 100


@pytest.fixture
def static(tmp_path, settings):
    (tmp_path / "kb.css").write_bytes(STYLE)
    settings.STATIC_ROOT = str(tmp_path)
    settings.STATIC_URL = "/static/"
    settings.WHITENOISE_USE_FINDERS = False
    settings.WHITENOISE_AUTOREFRESH = False
    return StaticFiles(lambda request: HttpResponse(status=404))


def get(static, **headers):
    return static(AsyncRequestFactory().get("/static/kb.css", headers=headers))


def test_a_file_is_sent_whole_and_by_its_type(static):
    response = get(static)

    assert (response.status_code, response.content) == (200, STYLE)
    assert response["Content-Type"] == 'text/css; charset="utf-8"'
    assert response["Content-Length"] == str(len(STYLE))


def test_what_the_browser_has_is_not_sent_again(static):
    response = get(static, if_modified_since=get(static)["Last-Modified"])

    assert (response.status_code, response.content) == (304, b"")


def test_a_part_of_a_file(static):
    response = get(static, range="bytes=0-3")

    assert (response.status_code, response.content) == (206, STYLE[:4])


def test_django_has_nothing_to_warn_of(static):
    response = get(static)
    sent = []

    async def send(message):
        sent.append(message)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(ASGIHandler().send_response(response, send))

    assert b"".join(message.get("body", b"") for message in sent) == STYLE
