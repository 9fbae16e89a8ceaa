from datetime import datetime
from typing import Any

from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError

from apps.rbac.errors import CodeIsWrong, TooManyTries
from apps.rbac.models import User
from apps.rbac.services import tries


def prove_by_key(*, user: User, credential: Any, now: datetime) -> None:
    """Check the answer of a security key to the challenge that this session was given.

    :raises TooManyTries: after seven wrong tries on the account
    :raises CodeIsWrong: if it is no answer of a key of the user
    """
    key = tries.factor_key(user)
    if not tries.take_try(limit=tries.SIGN_IN, key=key, now=now):
        raise TooManyTries
    try:
        auth.parse_authentication_response(credential)
        auth.complete_authentication(user, credential)
    except ValidationError as error:
        raise CodeIsWrong(fields={"credential": CodeIsWrong.message}) from error
    tries.give_back(limit=tries.SIGN_IN, key=key)
