from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from apps.rbac.models import User
from apps.rbac.selectors import user_named


class AccountBackend(AuthenticationBackend):
    """Password sign-in by e-mail or mobile, for the one door that asks so.

    `username=` is refused: Django's own login views, Basic authentication and whatever else calls
    `authenticate(username=…, password=…)` would be a second door without limits and second factor.
    Permissions are not asked here: `User.has_perm` answers them itself.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: str) -> User | None:
        if "username" in credentials:
            return None
        login = credentials.get("email") or credentials.get("phone") or ""
        user: User | None = self._check_password(user_named(login), credentials["password"])
        return user
