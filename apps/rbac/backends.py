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

    def user_can_authenticate(self, user: User) -> bool:
        """Asked for every request of a session, too: it ends with the account or its tenant."""
        return bool(super().user_can_authenticate(user)) and user.tenant.is_active

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("tenant").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def _authenticate(self, request: HttpRequest | None, **credentials: str) -> User | None:
        if "username" in credentials:
            return None
        login = credentials.get("email") or credentials.get("phone") or ""
        user: User | None = self._check_password(user_named(login), credentials["password"])
        return user
