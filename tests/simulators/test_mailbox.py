import json
import smtplib
from email.message import EmailMessage

import pytest
import requests
from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException

from simulators import mailbox
from simulators.mailbox_state import code_in


@pytest.fixture
def server():
    server = mailbox.serve(access_keys={"ak": "sk"})
    yield server
    server.stop()


def send_mail(server, *, to="a@example.com", subject="验证邮箱", text="您的验证码\n\n482913\n"):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "noreply@kboss.example", to, subject
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=5) as smtp:
        smtp.send_message(mail)


def send_sms(server, *, secret="sk", **changes):
    host = server.url.removeprefix("http://")
    client = Client(
        Config(access_key_id="ak", access_key_secret=secret, endpoint=host, protocol="HTTP")
    )
    request = {
        "phone_numbers": "13800138000",
        "sign_name": "Kboss",
        "template_code": "SMS_VERIFICATION",
        "template_param": json.dumps({"code": "123456"}),
    }
    return client.send_sms(models.SendSmsRequest(**request | changes)).body


def messages(server, **query):
    answer = requests.get(f"{server.url}/messages", params=query, timeout=5)
    return answer.json()["messages"]


def test_keeps_a_mail_and_finds_its_code(server):
    send_mail(server)

    mail = messages(server)[0]

    assert (mail["kind"], mail["recipient"], mail["subject"], mail["code"]) == (
        "mail",
        "a@example.com",
        "验证邮箱",
        "482913",
    )


def test_keeps_an_sms_sent_by_the_vendors_sdk(server):
    answer = send_sms(server)

    sms = messages(server, kind="sms")[0]

    assert (answer.code, bool(answer.biz_id)) == ("OK", True)
    assert (sms["recipient"], sms["code"]) == ("13800138000", "123456")
    assert sms["text"] == "【Kboss】您的验证码是 123456，10 分钟内有效。请勿告诉他人。"


def test_refuses_an_sms_signed_with_another_secret(server):
    with pytest.raises(TeaException) as refusal:
        send_sms(server, secret="other")

    assert refusal.value.code == "SignatureDoesNotMatch"
    assert messages(server) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone_numbers": "12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"template_code": "SMS_0"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"template_param": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"sign_name": ""}, "isv.SMS_SIGNATURE_ILLEGAL"),
    ],
)
def test_refuses_as_the_vendor_does_with_http_200(server, changes, code):
    assert send_sms(server, **changes).code == code
    assert messages(server) == []


def test_page_shows_the_newest_first_and_filters(server):
    send_mail(server, to="a@example.com", subject="第一封")
    send_mail(server, to="b@example.com", subject="<b>第二封</b>")

    page = requests.get(server.url, timeout=5).text
    filtered = requests.get(server.url, params={"recipient": "A@EXAMPLE"}, timeout=5).text

    assert page.index("第二封") < page.index("第一封")
    assert "&lt;b&gt;第二封" in page
    assert '<div class="code">482913</div>' in page
    assert "第二封" not in filtered
    assert "第一封" in filtered


def test_fails_on_demand(server):
    requests.post(f"{server.url}/control", json={"fault": "500"}, timeout=5)

    with pytest.raises(TeaException):
        send_sms(server)
    assert send_sms(server).code == "OK"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code:\n\n  ABCD-2345  \n\nThanks", "ABCD-2345"),
        ("验证码 123456，10 分钟内有效", "123456"),
        ("订单 20261122000001 已完成", ""),
        ("HELLO\n\nno code", ""),
    ],
)
def test_finds_codes_in_mails(text, code):
    assert code_in(text) == code
