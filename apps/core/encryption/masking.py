"""What a screen shows of a secret until somebody asks, with a reason, for the whole."""

LEAST_HIDDEN = 4


def mask_phone(phone: str) -> str:
    """138****8000; a country code other than China's stays in front."""
    local = phone.removeprefix("+86") if len(phone) == len("+8613800138000") else phone
    return _keep(local, first=3, last=4, mask="****")


def mask_email(email: str) -> str:
    """z***@example.com"""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at and name else _keep(email, first=1, last=0)


def mask_id(number: str) -> str:
    """An identity card or account number: 110***********0012."""
    return _keep(number, first=3, last=4)


def last4(secret: str) -> str:
    """Enough to tell two keys apart: ****cdef. Short secrets show nothing."""
    return _keep(secret, first=0, last=4, mask="****")


def _keep(text: str, *, first: int, last: int, mask: str = "") -> str:
    """Both ends of `text`; nothing of it where less than four characters would stay hidden."""
    hidden = len(text) - first - last
    if hidden < LEAST_HIDDEN:
        return "*" * len(text)
    return text[:first] + (mask or "*" * hidden) + text[len(text) - last :]
