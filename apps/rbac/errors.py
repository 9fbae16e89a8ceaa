from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Forbidden, Invalid


class StepUpRequired(Forbidden):
    code = "rbac.step_up_required"
    message = _("Please confirm that it is you.")


class MfaRequired(Forbidden):
    code = "rbac.mfa_required"
    message = _("Staff sign in with two-factor authentication. Please set it up first.")


class MfaIsNotSetUp(Conflict):
    code = "rbac.mfa_not_set_up"
    message = _("Please set up two-factor authentication first.")


class CodeIsWrong(Invalid):
    code = "rbac.code_is_wrong"
    message = _("This code is wrong or has been used.")


class TooManyTries(Forbidden):
    code = "rbac.too_many_tries"
    message = _("Too many failed attempts. Please try again in 30 minutes.")
    status = 429


class TokenScopeIsUnknown(Invalid):
    code = "rbac.token_scope_unknown"
    message = _("“{scope}” is not a scope: use “read”, “write” or permissions that you hold.")


class TokenLifetimeIsInvalid(Invalid):
    code = "rbac.token_lifetime_invalid"
    message = _("A token lives between one hour and {days} days.")


class TokensAreManagedBySession(Forbidden):
    code = "rbac.tokens_need_a_session"
    message = _("API tokens are managed in the portal, not with an API token.")


class TooManyTokens(Conflict):
    code = "rbac.too_many_tokens"
    message = _("You have {limit} active tokens. Please revoke one first.")


class GrantExceedsOwnRights(Forbidden):
    code = "rbac.grant_exceeds_own_rights"
    message = _("Nobody grants what he lacks: {missing}.")


class SecondPersonNeeded(Forbidden):
    code = "rbac.second_person_needed"
    message = _("Another person must decide: neither who asked nor who benefits.")


class RoleDoesNotFit(Invalid):
    code = "rbac.role_does_not_fit"
    message = _("“{role}” is not a role for {user}.")


class RequestChangesNothing(Conflict):
    code = "rbac.request_changes_nothing"
    message = _("This request would change nothing.")


class RequestIsPending(Conflict):
    code = "rbac.request_is_pending"
    message = _("The same request is waiting for a decision.")
