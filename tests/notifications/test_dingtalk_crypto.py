from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications.dingtalk.crypto import Envelope, Sealed, is_aes_key
from apps.notifications.dingtalk.errors import EnvelopeIsWrong
from simulators.dingtalk_crypto import Envelope as Theirs

# Published by DingTalk: github.com/open-dingtalk/DingTalk-Callback-Crypto.
TOKEN, AES_KEY = "mryue", "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7"
OWNER = "ding6ccabc44d2c8d38b"
SAMPLE = Sealed(
    signature="03044561471240d4a14bb09372dfcfd4fd0e40cb",
    timestamp="1608001896814",
    nonce="WL4PK6yA",
    encrypt="0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKy"
    "DCYxxOK+HZeKju4yhELOFchzNukR+t8SB/qk4ROMu3",
)
THEN = datetime.fromtimestamp(1608001896.814, UTC)
ENVELOPE = Envelope(TOKEN, AES_KEY, OWNER)


def test_opens_the_published_sample():
    assert ENVELOPE.open(SAMPLE, now=THEN) == '{"EventType":"check_url"}'


@given(text=st.text(max_size=300))
def test_what_one_side_seals_the_other_opens(text):
    theirs = Theirs(TOKEN, AES_KEY, OWNER)
    sealed = ENVELOPE.seal(text, now=THEN)
    told = theirs.seal(text, timestamp=SAMPLE.timestamp)

    assert theirs.open(sealed.signature, sealed.timestamp, sealed.nonce, sealed.encrypt) == text
    back = Sealed(told["msg_signature"], told["timeStamp"], told["nonce"], told["encrypt"])
    assert ENVELOPE.open(back, now=THEN) == text


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"signature": "签名"},
        {"timestamp": "1608001896815"},
        {"timestamp": "now"},
        {"timestamp": "１６０８００１８９６８１４"},
        {"nonce": "other"},
        {"encrypt": SAMPLE.encrypt[:-4] + "AAAA"},
        {"encrypt": "***"},
        {"encrypt": ""},
    ],
)
def test_refuses_what_was_touched(changes):
    with pytest.raises(EnvelopeIsWrong):
        ENVELOPE.open(replace(SAMPLE, **changes), now=THEN)


@pytest.mark.parametrize("encrypt", ["", "***", "AAAA", "A" * 64, "A" * 4096])
def test_refuses_nonsense_even_when_it_is_signed(encrypt):
    signature = ENVELOPE._sign(SAMPLE.timestamp, SAMPLE.nonce, encrypt)

    with pytest.raises(EnvelopeIsWrong):
        ENVELOPE.open(replace(SAMPLE, encrypt=encrypt, signature=signature), now=THEN)


@pytest.mark.parametrize("age", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_refuses_stale_timestamps(age):
    with pytest.raises(EnvelopeIsWrong):
        ENVELOPE.open(SAMPLE, now=THEN + age)
    assert ENVELOPE.open(SAMPLE, now=THEN + age * 0.98)


@pytest.mark.parametrize(
    "other",
    [
        Envelope("other", AES_KEY, OWNER),
        Envelope(TOKEN, "Zue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7", OWNER),
        Envelope(TOKEN, AES_KEY, "ding-of-somebody-else"),
    ],
)
def test_refuses_what_another_sealed(other):
    with pytest.raises(EnvelopeIsWrong):
        ENVELOPE.open(other.seal("{}", now=THEN), now=THEN)


def test_secrets_are_not_in_its_repr():
    assert TOKEN not in repr(ENVELOPE)
    assert AES_KEY not in repr(ENVELOPE)


@pytest.mark.parametrize(("text", "is_key"), [(AES_KEY, True), (AES_KEY[1:], False), ("*", False)])
def test_knows_an_aes_key(text, is_key):
    assert is_aes_key(text) is is_key
