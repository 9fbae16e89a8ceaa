from apps.rbac.selectors.accounts import (
    factors_of,
    has_mfa,
    is_phone_verified,
    totp_secret_of,
    user_named,
)

__all__ = ["factors_of", "has_mfa", "is_phone_verified", "totp_secret_of", "user_named"]
