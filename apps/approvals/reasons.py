"""The reasons of the engine as sentences, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.approvals.engine.graph import Complaint, Mode
from apps.approvals.engine.path import Reason
from apps.rbac.enums import STANDARD_ROLES

REASONS: dict[str, StrOrPromise] = {
    "always": _("Always asked."),
    "condition_met": _("The condition is met."),
    "condition_not_met": _("The condition is not met."),
    "condition_unknown": _("A value of the condition is not known: better asked than skipped."),
    "by_role": _("Whoever has the role {roles}."),
    "by_department_head": _("The head of the department, level {level}."),
    "by_superior": _("The applicant's superior, level {level}."),
    "chosen": _("Chosen by the applicant."),
    "nobody_chosen": _("The applicant has chosen nobody."),
    "leaver_replaced": _("{absent} is not available; {person} as the superior decides."),
    "leaver_dropped": _("{absent} is not available and has no superior."),
    "applicant_allowed": _("{person} is the applicant, and may decide here."),
    "applicant_replaced": _("{person} is the applicant; {superior} as the superior decides."),
    "applicant_left_out": _("{person} is the applicant and is left out."),
    "skipped_himself": _("Nobody but the applicant: the step is skipped."),
    "passed_empty": _("Nobody is there: the step passes."),
    "rejected_empty": _("Nobody is there: the request is refused."),
    "empty_person": _("Nobody is there: the person named for this case decides."),
    "empty_administrator": _("Nobody is there: an administrator decides."),
    "never_automatic": _("Money never passes by itself: an administrator decides."),
    "stuck": _("Nobody is there who could decide."),
    "barred_left_out": _("{people} may not be the last to approve this."),
    "asked_before": _("{people} need not approve again after an approval before."),
    "second_person": _("{person} may not be the last to approve this: a second person decides."),
    "nobody_decided": _("Nobody has decided yet: money never passes by itself."),
    "returned": _("Sent back to the applicant."),
}
COMPLAINTS: dict[str, StrOrPromise] = {
    "not_a_flow": _("This is not a flow."),
    "condition_invalid": _("“{node}”: the condition is wrong ({detail})."),
    "node_malformed": _("“{node}”: the step is incomplete ({detail})."),
    "nobody_approves": _("No step asks anybody to approve."),
    "too_many_nodes": _("More than {detail} steps."),
    "key_twice": _("The key “{node}” is used twice."),
    "key_missing": _("“{node}”: the key is missing or reserved."),
    "name_missing": _("“{node}”: the name is missing."),
    "approvers_missing": _("“{node}”: nobody is named."),
    "level_out_of_range": _("“{node}”: the level must be between 1 and 10."),
    "share_out_of_range": _("“{node}”: the share must be between 1 and 100 percent."),
    "stand_in_missing": _("“{node}”: nobody is named for an empty step."),
    "times_out_of_range": _("“{node}”: reminder before escalation, and both within 60 days."),
    "field_unknown": _("“{node}”: the condition asks for a field that the form does not have."),
    "passes_by_itself": _("“{node}”: money and discounts never pass by themselves."),
    "nobody_approves_unconditionally": _(
        "Money and discounts need at least one step without a condition."
    ),
    "person_unknown": _("“{node}”: person {detail} cannot decide."),
    "role_unknown": _("“{node}”: there is no role “{detail}”."),
}
MODES: dict[Mode, StrOrPromise] = {
    Mode.ALL: _("Everybody agrees"),
    Mode.SHARE: _("A share agrees"),
    Mode.ANY: _("The first to decide decides"),
    Mode.SEQUENCE: _("One after another"),
}


def sentence(reason: Reason | Mapping[str, Any]) -> str:
    """One reason, from the engine or as a step stored it."""
    if isinstance(reason, Reason):
        code, parameters = reason.code, dict(reason.parameters)
    else:
        code, parameters = str(reason["code"]), dict(reason.get("parameters", {}))
    if "roles" in parameters:
        parameters["roles"] = "、".join(map(_role_name, parameters["roles"].split(", ")))
    return str(REASONS[code]).format(**parameters)


def _role_name(code: str) -> str:
    """A standard role by its name; a tenant's own by its code."""
    return str(STANDARD_ROLES[code][0]) if code in STANDARD_ROLES else code


def stored(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Reasons as a step keeps them: language comes when they are read."""
    return [{"code": r.code, "parameters": dict(r.parameters)} for r in reasons]


def complaint(about: Complaint) -> str:
    return str(COMPLAINTS[about.code]).format(node=about.node, detail=about.detail)


def mode_label(mode: str) -> str:
    return str(MODES[Mode(mode)])
