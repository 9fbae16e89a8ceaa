"""Files with a request."""

import hashlib

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Node
from apps.approvals.errors import (
    AttachmentIsTooLarge,
    AttachmentTypeIsRefused,
    NotTheApprover,
    TooManyAttachments,
)
from apps.approvals.models import Approval, Attachment
from apps.core.errors import NotFound
from tests.approvals.files import pdf
from tests.factories.approvals import MONDAY, AttachmentFactory, ask, kind_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def kind(people):
    return kind_with(Node("boss", "主管", Approvers.superior()))


def test_a_file_is_kept_with_its_digest_under_a_name_of_ours(kind, people):
    content = b"%PDF-1.7 contract"

    approval = ask(people["zhao"], kind, attachments=[pdf("../../合同.PDF", content)])

    file = approval.attachments.get()
    assert (file.name, file.size) == ("合同.PDF", len(content))
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert file.content_type == "application/pdf"
    with file.file.open() as stored:
        assert stored.read() == content
    assert "合同" not in file.file.name
    assert ".." not in file.file.name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ"),
        ("a.pdf", b"MZ"),
        ("a.svg", b"<svg/>"),
        ("a.html", b"<script>"),
        ("a.png", b"%PDF-"),
        ("a.csv", b"\x00\x01"),
        ("pdf", b"%PDF-"),
    ],
)
def test_other_types_are_refused_whatever_they_call_themselves(name, content, kind, people):
    with pytest.raises(AttachmentTypeIsRefused):
        ask(people["zhao"], kind, attachments=[pdf(name, content)])

    assert (Approval.objects.count(), Attachment.objects.count()) == (0, 0)


def test_above_ten_megabytes_it_is_refused(kind, people):
    with pytest.raises(AttachmentIsTooLarge):
        ask(people["zhao"], kind, attachments=[pdf(content=b"%PDF-" + b"x" * (10 * 1024 * 1024))])

    assert Approval.objects.count() == 0


def test_no_more_than_twenty(kind, people):
    approval = ask(people["zhao"], kind)
    AttachmentFactory.create_batch(20, approval=approval)

    with pytest.raises(TooManyAttachments):
        services.attach(approval=approval, actor=people["zhao"], file=pdf(), now=MONDAY)


@pytest.mark.parametrize(("who", "error"), [("li", NotTheApprover), ("stranger", NotFound)])
def test_only_the_applicant_and_whose_turn_it_is(who, error, kind, people, stranger):
    approval = ask(people["zhao"], kind)
    actor = stranger if who == "stranger" else people[who]

    with pytest.raises(error):
        services.attach(approval=approval, actor=actor, file=pdf(), now=MONDAY)

    services.attach(approval=approval, actor=people["qian"], file=pdf(), now=MONDAY)
    assert approval.attachments.count() == 1
