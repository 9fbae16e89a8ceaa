"""What people are told of approvals."""

from django.utils.translation import gettext_lazy as _

from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel
from apps.rbac.enums import UserKind

ABOUT = {
    "number": _("number of the approval"),
    "title": _("title of the approval"),
    "kind": _("kind of the approval"),
    "applicant": _("who applied"),
}
SAMPLE = {
    "number": "APR20261122000001",
    "title": "上海示例科技 额度提升至 50 万元",
    "kind": "额度提升",
    "applicant": "赵员工",
}
NODE = {"node": _("name of the step")}
NOTE = {"note": _("what was said")}
STATUS = {"status": _("status of the approval")}
STAFF_ONLY = frozenset({UserKind.STAFF})
APPLICANT = _("The applicant")

TASK_ASSIGNED = register(
    MessageKind(
        code="approvals.task_assigned",
        label=_("Approval to decide"),
        audience=_("The approver, and who stands in for him"),
        when=_("It is his turn to decide."),
        channels=frozenset({Channel.INBOX, Channel.EMAIL, Channel.DINGTALK}),
        placeholders={**ABOUT, **NODE},
        samples={**SAMPLE, "node": "部门主管"},
        readers=STAFF_ONLY,
        may_digest=True,
        texts={
            "zh-hans": Text(
                "待审批：{{title}}",
                "{{applicant}} 提交的{{kind}}申请 {{number}} 等待您审批（{{node}}）。\n\n{{title}}",
            ),
            "en": Text(
                "To approve: {{title}}",
                "Request {{number}} ({{kind}}) by {{applicant}} waits for your decision at "
                "“{{node}}”.\n\n{{title}}",
            ),
        },
    )
)

TASK_URGED = register(
    MessageKind(
        code="approvals.task_urged",
        label=_("Reminder of an approval"),
        audience=_("The approver, and who stands in for him"),
        when=_("The applicant urges, or the time for the decision is over."),
        channels=frozenset({Channel.INBOX, Channel.DINGTALK}),
        placeholders={**ABOUT, **NODE},
        samples={**SAMPLE, "node": "部门主管"},
        readers=STAFF_ONLY,
        texts={
            "zh-hans": Text(
                "催办：{{title}}",
                "{{applicant}} 提交的{{kind}}申请 {{number}} 仍在等待您审批（{{node}}），"
                "请尽快处理。",
            ),
            "en": Text(
                "Reminder: {{title}}",
                "Request {{number}} ({{kind}}) by {{applicant}} still waits for your decision at "
                "“{{node}}”. Please look at it soon.",
            ),
        },
    )
)

RETURNED = register(
    MessageKind(
        code="approvals.returned",
        label=_("Approval sent back"),
        audience=APPLICANT,
        when=_("An approver sent the request back to be changed."),
        channels=frozenset({Channel.INBOX, Channel.EMAIL, Channel.DINGTALK}),
        placeholders={**ABOUT, **NOTE},
        samples={**SAMPLE, "note": "请补充合同"},
        texts={
            "zh-hans": Text(
                "已退回：{{title}}",
                "您的{{kind}}申请 {{number}} 被退回，请修改后重新提交。\n\n原因：{{note}}",
            ),
            "en": Text(
                "Sent back: {{title}}",
                "Your request {{number}} ({{kind}}) was sent back. Please change it and submit it "
                "again.\n\nReason: {{note}}",
            ),
        },
    )
)

FINISHED = register(
    MessageKind(
        code="approvals.finished",
        label=_("Approval decided"),
        audience=APPLICANT,
        when=_("The request was approved, rejected or voided."),
        channels=frozenset({Channel.INBOX, Channel.EMAIL, Channel.DINGTALK}),
        placeholders={**ABOUT, **STATUS, **NOTE},
        samples={**SAMPLE, "status": "已通过", "note": "—"},
        texts={
            "zh-hans": Text(
                "{{status}}：{{title}}",
                "您的{{kind}}申请 {{number}} 的结果：{{status}}。\n\n意见：{{note}}",
            ),
            "en": Text(
                "{{status}}: {{title}}",
                "Your request {{number}} ({{kind}}): {{status}}.\n\nNote: {{note}}",
            ),
        },
    )
)

COPIED = register(
    MessageKind(
        code="approvals.copied",
        label=_("Approval copied to you"),
        audience=_("Whom it is copied to"),
        when=_("The flow or a colleague copies an approval to somebody."),
        channels=frozenset({Channel.INBOX}),
        placeholders={**ABOUT, **STATUS},
        samples={**SAMPLE, "status": "审批中"},
        readers=STAFF_ONLY,
        may_digest=True,
        texts={
            "zh-hans": Text(
                "抄送：{{title}}",
                "{{applicant}} 的{{kind}}申请 {{number}} 抄送给您。当前状态：{{status}}。",
            ),
            "en": Text(
                "Copied to you: {{title}}",
                "Request {{number}} ({{kind}}) by {{applicant}} was copied to you. Status: "
                "{{status}}.",
            ),
        },
    )
)

COMMENTED = register(
    MessageKind(
        code="approvals.commented",
        label=_("Comment on an approval"),
        audience=_("The applicant, and whose turn it is"),
        when=_("Somebody else comments on the approval."),
        channels=frozenset({Channel.INBOX}),
        placeholders={**ABOUT, **NOTE, "author": _("who commented")},
        samples={**SAMPLE, "note": "请补充合同", "author": "钱经理"},
        may_digest=True,
        texts={
            "zh-hans": Text(
                "新评论：{{title}}",
                "{{author}} 评论了{{kind}}申请 {{number}}：\n\n{{note}}",
            ),
            "en": Text(
                "Comment: {{title}}",
                "{{author}} commented on request {{number}} ({{kind}}):\n\n{{note}}",
            ),
        },
    )
)

EFFECT_HELD = register(
    MessageKind(
        code="approvals.effect_held",
        label=_("Outcome of an approval held"),
        audience=_("Staff who may repeat outcomes"),
        when=_("What was decided could not be carried out."),
        channels=frozenset({Channel.INBOX, Channel.EMAIL, Channel.DINGTALK}),
        placeholders={**ABOUT, "reason": _("why it stopped")},
        samples={**SAMPLE, "reason": "余额不足"},
        readers=STAFF_ONLY,
        is_mandatory=True,
        texts={
            "zh-hans": Text(
                "审批结果未能执行：{{title}}",
                "{{kind}}申请 {{number}} 已有结果，但未能执行，请人工处理。\n\n原因：{{reason}}",
            ),
            "en": Text(
                "Outcome not carried out: {{title}}",
                "Request {{number}} ({{kind}}) is decided, but the outcome could not be carried "
                "out. Somebody has to look at it.\n\nReason: {{reason}}",
            ),
        },
    )
)
