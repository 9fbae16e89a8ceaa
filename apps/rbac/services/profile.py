from django.db import transaction

from apps.rbac.models import User


@transaction.atomic
def update_profile(
    *, user: User, display_name: str | None = None, language: str | None = None
) -> User:
    """Change what a person may change about himself. Trusted: the door passes the caller."""
    changed = {
        name: value
        for name, value in {"display_name": display_name, "language": language}.items()
        if value
    }
    for name, value in changed.items():
        setattr(user, name, value)
    user.save(update_fields=list(changed))
    return user
