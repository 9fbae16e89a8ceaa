"""The form on paper and its signature, without a database."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from apps.approvals.seal.paper import ActRow, ChangeRow, FormRow, Paper, print_form
from apps.approvals.seal.signature import (
    describe,
    make_identity,
    read_pkcs12,
    sign,
    verify,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LABELS = [
    "number",
    "result",
    "subject",
    "form",
    "changes",
    "item",
    "before",
    "after",
    "chain",
    "position",
    "step",
    "person",
    "verb",
    "note",
    "at",
    "capitals",
    "fingerprint",
]


@pytest.fixture(scope="module")
def identity():
    return make_identity(company="云枢科技（上海）有限公司", now=NOW)


@pytest.fixture(scope="module")
def sealed(identity):
    return seal(identity)


def paper(**changes) -> Paper:
    facts = {
        "title": "信用额度提升审批单",
        "number": "CRL20261122000001",
        "organization": "云枢科技华东分部",
        "company": "云枢科技（上海）有限公司",
        "subject": "晨星网络",
        "result": "已通过",
        "finished": "2026年11月23日",
        "fingerprint": "ab" * 32,
        "statement": "任何改动都会使签章失效。",
        "caption": "审批电子签章",
        "lang": "zh",
        "labels": {label: label for label in LABELS},
        "people": [("申请人", "王晓燕")],
        "fields": [FormRow("信用额度", "¥500,000.00", "伍拾万元整")],
        "changes": [ChangeRow("信用额度", "¥0.00", "¥500,000.00")],
        "acts": [ActRow("直属上级", "李建国", "同意", "2026-11-23 10:40:05", "网页")],
    }
    return Paper(**{**facts, **changes})


def seal(identity) -> bytes:
    return sign(print_form(paper()), identity=identity, reason="CRL1", location="Kboss")


def test_the_seal_verifies(identity, sealed):
    verdict = verify(sealed, certificates=[identity.certificates])

    assert verdict.is_valid
    assert verdict.signed_by == "云枢科技（上海）有限公司"
    assert verdict.signed_at is not None


def test_any_changed_byte_breaks_it(identity, sealed):
    # Objects and cross references. In the signature itself a few bytes bind nothing, such as the
    # number of its own version: which file is ours, Kboss knows by its digest (test_seals).
    begins = sealed.index(b"<3082")
    signature = range(begins, sealed.index(b">", begins))
    places = range(20, len(sealed) - 2, len(sealed) // 60)
    for place in (place for place in places if place not in signature):
        changed = bytearray(sealed)
        changed[place] ^= 1

        assert not verify(bytes(changed), certificates=[identity.certificates]).is_valid, place


def test_the_padding_of_the_signature_hides_nothing(identity, sealed):
    place = sealed.index(b"0" * 100) + 50

    changed = sealed[:place] + b"1" + sealed[place + 1 :]

    assert not verify(changed, certificates=[identity.certificates]).is_intact


def test_something_added_breaks_it(identity, sealed):
    assert not verify(sealed + b"\n% more", certificates=[identity.certificates]).is_intact


def test_another_certificate_of_the_same_name_is_not_trusted(sealed):
    other = make_identity(company="云枢科技（上海）有限公司", now=NOW)

    verdict = verify(sealed, certificates=[other.certificates])

    assert (verdict.is_intact, verdict.is_trusted) == (True, False)


@pytest.mark.parametrize("text", [b"", b"%PDF-1.7", b"no document"])
def test_what_is_no_document_is_not_valid(identity, text):
    assert not verify(text, certificates=[identity.certificates]).is_valid


def test_an_unsigned_form_is_not_valid(identity):
    pdf = print_form(paper()).pdf

    assert not verify(pdf, certificates=[identity.certificates]).is_valid


def test_markup_in_what_people_wrote_stays_text():
    wild = '#read("/etc/passwd") *$x$ #[ ] \\ <seal> @x'

    printed = print_form(paper(subject=wild, people=[(wild, wild)]))

    assert printed.page == 0


def test_a_long_chain_moves_the_seal_to_the_last_page():
    act = ActRow("财务复核", "赵镕", "同意", "2026-11-23 10:40:05", "网页", note="同意。" * 60)

    printed = print_form(paper(acts=[act] * 40))

    assert printed.page > 1
    assert printed.box[2] - printed.box[0] == pytest.approx(113, abs=1)


def test_the_file_stays_small(sealed):
    assert len(sealed) < 200_000  # only the glyphs that are used


def test_an_imported_certificate_signs(identity):
    key = serialization.load_pem_private_key(identity.private_key.encode(), None)
    certificate = x509.load_pem_x509_certificate(identity.certificates.encode())
    locked = serialization.BestAvailableEncryption(b"secret")
    content = pkcs12.serialize_key_and_certificates(b"kboss", key, certificate, None, locked)

    imported = read_pkcs12(content, "secret")

    assert describe(imported).serial_number == certificate.serial_number
    assert verify(seal(imported), certificates=[identity.certificates]).is_valid


def test_a_wrong_passphrase_is_told(identity):
    key = serialization.load_pem_private_key(identity.private_key.encode(), None)
    certificate = x509.load_pem_x509_certificate(identity.certificates.encode())
    locked = serialization.BestAvailableEncryption(b"secret")
    content = pkcs12.serialize_key_and_certificates(b"kboss", key, certificate, None, locked)

    with pytest.raises(ValueError, match="password"):
        read_pkcs12(content, "guess")
