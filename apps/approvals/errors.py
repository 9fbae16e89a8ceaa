from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Forbidden, Invalid


class KindIsUnknown(Invalid):
    code = "approvals.kind_unknown"
    message = _("There is no kind of approval “{kind}”.")


class FormIsInvalid(Invalid):
    code = "approvals.form_invalid"


class GraphIsInvalid(Invalid):
    """`complaints` are sentences, one for each fault."""

    code = "approvals.graph_invalid"
    message = _("This flow cannot be published: {complaints}")


class NobodyCanDecide(Conflict):
    code = "approvals.nobody_can_decide"
    message = _("Nobody can decide at “{node}”. Please tell an administrator.")


class SubjectIsPending(Conflict):
    code = "approvals.subject_is_pending"
    message = _("Approval {number} for the same thing is in progress.")


class VerbIsNotAllowed(Conflict):
    code = "approvals.verb_not_allowed"
    message = _("Approval {number} is “{status}”: this is no longer possible.")


class TaskIsClosed(Conflict):
    """Somebody was faster, or the task has moved on."""

    code = "approvals.task_is_closed"
    message = _("Approval {number} is not waiting for your decision any more.")


class NotTheApprover(Forbidden):
    code = "approvals.not_the_approver"
    message = _("Approval {number} is not waiting for you.")


class NotTheApplicant(Forbidden):
    code = "approvals.not_the_applicant"
    message = _("Only the applicant may do this.")


class NotTheirDelegation(Forbidden):
    code = "approvals.not_their_delegation"
    message = _("Only the absent person or an administrator may do this.")


class NoteIsMissing(Invalid):
    code = "approvals.note_missing"
    message = _("Please say why.")


class PersonDoesNotFit(Invalid):
    code = "approvals.person_does_not_fit"
    message = _("{person} cannot decide on this approval.")


class AlreadyAnApprover(Conflict):
    code = "approvals.already_an_approver"
    message = _("{person} is an approver of this step already.")


class NodeIsUnknown(Invalid):
    code = "approvals.node_unknown"
    message = _("It cannot be sent back to “{node}”.")


class ChoiceIsMissing(Invalid):
    code = "approvals.choice_missing"
    message = _("Please choose who approves at “{node}”.")


class NotSentBack(Conflict):
    code = "approvals.not_sent_back"
    message = _("Approval {number} was not sent back to you.")


class UrgedRecently(Conflict):
    code = "approvals.urged_recently"
    message = _("You have urged already. Please wait until {again_at}.")


class DelegationOverlaps(Conflict):
    code = "approvals.delegation_overlaps"
    message = _("There is a stand-in in this time already.")


class DelegationIsInvalid(Invalid):
    code = "approvals.delegation_invalid"
    message = _("The stand-in must be somebody else, and the end after the beginning.")


class AttachmentIsTooLarge(Invalid):
    code = "approvals.attachment_too_large"
    message = _("“{name}” is larger than {limit} MB.")


class AttachmentTypeIsRefused(Invalid):
    code = "approvals.attachment_type_refused"
    message = _("Files like “{name}” cannot be attached. Allowed: {allowed}.")


class TooManyAttachments(Conflict):
    code = "approvals.too_many_attachments"
    message = _("No more than {limit} files can be attached.")


class VersionIsNotDraft(Conflict):
    code = "approvals.version_not_draft"
    message = _("Version {number} is published and cannot be edited. Please make a new one.")


class FlowIsMissing(Conflict):
    code = "approvals.flow_missing"
    message = _("There is no published flow for “{kind}”.")


class SecondFactorIsNeeded(Forbidden):
    code = "approvals.second_factor_needed"
    message = _("{number} is agreed to in the admin alone, after the second factor.")
