"""The door of staff: boxes, the page of a decision, what may be done there and by whom."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Mode, Node, OnSelf
from apps.approvals.enums import ApprovalStatus, TaskStatus
from apps.approvals.models import Approval, Task
from tests.factories.approvals import MONDAY, Leave, approver, ask, kind_with
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db
LIST = "/admin/approvals/approval/"


def page(approval):
    return reverse("admin:approvals_approval_change", args=[approval.pk])


def act(client, approval, verb, **data):
    address = reverse("admin:approvals_approval_act", args=[approval.pk, verb])
    return client.post(address, data, follow=True)


@pytest.fixture
def running(people):
    """Zhao asks; Qian decides, then Sun."""
    kind = kind_with(
        Node("first", "经理", Approvers.people(people["qian"].pk)),
        Node("second", "总监", Approvers.people(people["sun"].pk)),
    )
    return ask(people["zhao"], kind)


def shown(client, box):
    answer = client.get(LIST, {"box": box})
    assert answer.status_code == 200
    return [approval.pk for approval in answer.context["cl"].result_list]


def test_each_box_holds_what_it_says(running, people, browse):
    services.copy_to(approval=running, actor=people["zhao"], users=[people["li"]], now=MONDAY)
    zhao, qian, li = (browse(people[name]) for name in ("zhao", "qian", "li"))

    assert (shown(qian, "todo"), shown(zhao, "todo")) == ([running.pk], [])
    assert (shown(zhao, "started"), shown(qian, "started")) == ([running.pk], [])
    assert (shown(li, "copied"), shown(zhao, "copied")) == ([running.pk], [])
    assert shown(browse(people["wu"]), "all") == [running.pk]


def test_the_first_box_is_what_waits_for_me(running, people, browse):
    answer = browse(people["qian"]).get(LIST)

    assert answer.context["cl"].open_box == "todo"
    assert next((box.code, box.count) for box in answer.context["cl"].boxes) == ("todo", 1)
    assert "钱经理" in answer.content.decode()


def test_two_approvers_decide_on_the_page(running, people, browse):
    first = act(browse(people["qian"]), running, "approve", note="同意")
    second = act(browse(people["sun"]), running, "approve", note="")

    assert (first.status_code, second.status_code) == (200, 200)
    running.refresh_from_db()
    assert running.status == ApprovalStatus.APPROVED
    assert Task.objects.get(assignee=people["qian"]).note == "同意"


def test_a_refusal_needs_a_reason(running, people, browse):
    answer = act(browse(people["qian"]), running, "reject", note=" ")

    running.refresh_from_db()
    assert running.status == ApprovalStatus.RUNNING
    assert Task.objects.get(assignee=people["qian"]).status == TaskStatus.OPEN
    assert any("why" in str(m).lower() or "原因" in str(m) for m in answer.context["messages"])


def test_what_may_not_be_done_is_there_with_the_reason(running, people, browse):
    text = browse(people["wu"]).get(page(running)).context["page"]["verbs"]

    assert [verb["code"] for verb in text["first"]] == ["reject", "approve"]
    assert all(verb["why"] and verb["form"] is None for verb in text["first"])
    assert text["why"]


def test_the_applicant_decides_where_the_flow_lets_him(people, browse):
    zhao, sun = people["zhao"], people["sun"]
    himself = Node("self", "本人", Approvers.people(zhao.pk), on_self=OnSelf.ALLOW)
    approval = ask(zhao, kind_with(himself, Node("s", "总监", Approvers.people(sun.pk))))

    verbs = browse(zhao).get(page(approval)).context["page"]["verbs"]

    assert [(verb["code"], verb["why"]) for verb in verbs["first"]] == [
        ("reject", ""),
        ("approve", ""),
    ]


def test_of_what_is_decided_only_the_rest_is_left(running, people, browse):
    act(browse(people["qian"]), running, "reject", note="不行")

    verbs = browse(people["wu"]).get(page(running)).context["page"]["verbs"]

    assert (verbs["first"], verbs["why"]) == ([], "")
    assert {verb["code"] for verb in verbs["more"] if not verb["why"]} == {"copy"}


def test_the_applicant_withdraws_and_urges(running, people, browse):
    client = browse(people["zhao"])
    verbs = client.get(page(running)).context["page"]["verbs"]
    assert [verb["code"] for verb in verbs["first"]] == ["withdraw", "urge"]

    act(client, running, "urge", note="急")
    act(client, running, "withdraw", note="写错了")

    running.refresh_from_db()
    assert running.status == ApprovalStatus.WITHDRAWN
    assert [item.verb for item in running.acts.all()] == ["submit", "urge", "withdraw"]


def test_handing_on_adding_sending_back_and_submitting_again(running, people, browse):
    qian, li, sun = (browse(people[name]) for name in ("qian", "li", "sun"))
    act(qian, running, "transfer", person=people["li"].pk, note="出差")
    act(li, running, "add", person=people["zhou"].pk, where="before", note="")
    act(browse(people["zhou"]), running, "approve", note="")
    act(li, running, "approve", note="")
    act(sun, running, "send-back", to_node="applicant", note="缺合同")

    zhao = browse(people["zhao"])
    verbs = zhao.get(page(running)).context["page"]["verbs"]
    assert [verb["code"] for verb in verbs["first"]] == ["withdraw", "resubmit"]
    act(zhao, running, "resubmit", amount="80.00", reason="", note="已补")

    running.refresh_from_db()
    assert (running.form["amount"], running.round) == ("80.00", 3)
    assert running.status == ApprovalStatus.RUNNING


def test_comments_and_files_stand_on_the_page(running, people, clerk, browse, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = browse(people["zhao"])
    act(client, running, "comment", note="合同见附件")
    act(client, running, "attach", upload=SimpleUploadedFile("合同.pdf", b"%PDF-1.7 x"))

    text = browse(people["qian"]).get(page(running)).content.decode()
    file = running.attachments.get()
    address = reverse("admin:approvals_approval_file", args=[running.pk, file.pk])

    assert "合同见附件" in text
    assert address in text
    answer = browse(people["qian"]).get(address)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 x"
    assert browse(clerk).get(address).status_code in {302, 403, 404}


def test_an_approver_outside_the_data_scope_reads_that_one_while_it_waits_for_him(
    platform, people, browse, clerk
):
    """X-7"""
    kind = kind_with(Node("clerk", "销售", Approvers.people(clerk.pk)))
    mine = ask(people["zhao"], kind)
    of_others = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)), of=Leave)
    other = ask(people["zhao"], of_others)
    client = browse(clerk)

    assert client.get(page(mine)).status_code == 200
    assert client.get(page(other)).status_code == 302
    assert shown(client, "all") == [mine.pk]

    act(client, mine, "approve", note="可以")

    assert client.get(page(mine)).status_code == 302
    assert shown(client, "all") == []
    own = client.get("/admin/approvals/task/").content.decode()
    assert mine.number in own
    assert "可以" in own
    assert client.get(reverse("admin:approvals_approval_history", args=[mine.pk])).status_code in {
        302,
        404,
    }


def test_a_second_decision_is_told_that_somebody_was_faster(people, browse):
    ids = [people["qian"].pk, people["sun"].pk]
    approval = ask(people["zhao"], kind_with(Node("any", "任一", Approvers.people(*ids))))
    act(browse(people["qian"]), approval, "approve", note="")

    answer = act(browse(people["sun"]), approval, "reject", note="不行")

    approval.refresh_from_db()
    assert approval.status == ApprovalStatus.APPROVED
    assert approval.number in " ".join(str(m) for m in answer.context["messages"])


@pytest.mark.parametrize("who", ["stranger", "rival_boss"])
def test_others_neither_see_nor_move_it(who, running, browse, request):
    client = browse(request.getfixturevalue(who))

    assert client.get(page(running)).status_code in {302, 403}
    answer = client.post(reverse("admin:approvals_approval_act", args=[running.pk, "approve"]))
    assert answer.status_code in {302, 403, 404}
    running.refresh_from_db()
    assert running.status == ApprovalStatus.RUNNING
    assert not running.acts.filter(verb="approve").exists()


def bulk(client, approvals, **more):
    data = {"action": "approve_selected", "_selected_action": [a.pk for a in approvals], **more}
    return client.post(LIST, data)


def test_bulk_approval_says_first_what_it_will_do(people, browse):
    qian = people["qian"]
    leave = kind_with(Node("q", "经理", Approvers.people(qian.pk)), of=Leave)
    refund = kind_with(Node("q", "经理", Approvers.people(qian.pk)))
    allowed, refused = ask(people["zhao"], leave), ask(people["zhao"], refund)
    client = browse(qian)

    preview = bulk(client, [allowed, refused])
    assert (preview.context["ok"], preview.context["failed"]) == (1, 1)
    assert Approval.objects.running().count() == 2

    report = bulk(client, [allowed, refused], confirmed="yes")

    assert (report.context["ok"], report.context["failed"]) == (1, 1)
    assert report.context["errors_file"].startswith("data:text/csv")
    allowed.refresh_from_db()
    refused.refresh_from_db()
    assert (allowed.status, refused.status) == (ApprovalStatus.APPROVED, ApprovalStatus.RUNNING)


def test_bulk_approval_says_what_it_had_no_room_for(people, browse, monkeypatch):
    monkeypatch.setattr("apps.approvals.admin.bulk.MOST", 2)
    leave = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)), of=Leave)
    refund = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)))
    asked = [ask(people["zhao"], leave) for _ in range(4)] + [ask(people["zhao"], refund)]
    client = browse(people["qian"])

    preview = bulk(client, asked)
    page = preview.content.decode()
    assert "一次最多处理 2 条：您选中的还有 3 条留待下次。" in page
    assert page.count('name="_selected_action"') == 2

    posted = [row["approval"] for row in preview.context["rows"]]
    left = re.search(r'name="left" value="(\d+)"', page)[1]
    report = bulk(client, posted, confirmed="yes", left=left)

    told = report.content.decode()
    assert (report.context["ok"], report.context["failed"], report.context["left"]) == (1, 1, 3)
    assert "您选中的还有 3 条没有处理" in told
    assert [row["why"] for row in report.context["rows"] if row["why"]]
    assert Approval.objects.running().count() == 4


@pytest.mark.parametrize("left", ["", "-1", "x", "１", "9" * 30])
def test_what_is_left_is_a_number(people, browse, left):
    leave = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)), of=Leave)
    asked = ask(people["zhao"], leave)

    report = bulk(browse(people["qian"]), [asked], confirmed="yes", left=left)

    assert (report.context["ok"], report.context["left"]) == (1, 0)


def test_the_list_costs_the_same_for_one_row_and_ten(people, browse, django_assert_max_num_queries):
    nodes = [
        Node("q", "经理", Approvers.people(people["qian"].pk, people["sun"].pk), mode=Mode.ALL)
    ]
    kind = kind_with(*nodes)
    client = browse(people["wu"])
    ask(people["zhao"], kind)
    client.get(LIST, {"box": "all"})
    with django_assert_max_num_queries(40) as few:
        assert len(shown(client, "all")) == 1
    for _ in range(9):
        ask(people["zhao"], kind)

    with django_assert_max_num_queries(len(few)):
        assert len(shown(client, "all")) == 10


def test_filters_and_search_find_it(running, people, browse):
    client = browse(people["wu"])
    for query in (
        {"q": running.number},
        {"q": "退款"},
        {"q": "赵员工"},
        {"code": running.kind},
        {"status__exact": "running"},
    ):
        answer = client.get(LIST, {"box": "all", **query})
        assert [row.pk for row in answer.context["cl"].result_list] == [running.pk], query
    answer = client.get(LIST, {"box": "all", "q": "没有这个"})
    assert list(answer.context["cl"].result_list) == []


def test_the_board_and_the_analysis_are_for_those_who_may(running, people, boss, browse):
    act(browse(people["qian"]), running, "approve", note="")
    board, times = (reverse(f"admin:approvals_approval_{name}") for name in ("board", "times"))
    client = browse(boss)

    shown_board = client.get(board)
    assert "总监" in shown_board.content.decode()
    assert [row["holder"] for row in shown_board.context["rows"]] == ["孙总"]
    assert client.get(times).context["parts"][1]["rows"][0]["name"] == "钱经理"
    assert client.get(times, {"since": "2026-11-20", "until": "2026-11-01"}).status_code == 200
    for address in (board, times):
        assert browse(people["zhao"]).get(address).status_code == 403


def test_the_board_costs_the_same_for_one_row_and_ten(
    people, boss, browse, django_assert_max_num_queries
):
    kind = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)))
    client, address = browse(boss), reverse("admin:approvals_approval_board")
    ask(people["zhao"], kind)
    client.get(address)
    with django_assert_max_num_queries(60) as few:
        client.get(address)
    for _ in range(9):
        ask(people["zhao"], kind)

    with django_assert_max_num_queries(len(few)):
        assert len(client.get(address).context["rows"]) == 10


def test_the_page_notices_what_happens_elsewhere(running, people, clerk, browse):
    address = reverse("admin:approvals_approval_state", args=[running.pk])
    watcher = browse(people["zhao"])
    before = watcher.get(address).json()["stamp"]
    assert browse(clerk).get(address).status_code == 404

    act(browse(people["qian"]), running, "approve", note="")

    assert watcher.get(address).json()["stamp"] != before
    assert (
        watcher.get(page(running)).context["page"]["stamp"] == watcher.get(address).json()["stamp"]
    )


def test_a_stand_in_is_named_ended_and_seen_by_those_concerned(people, browse):
    client = browse(people["qian"])
    answer = client.post(
        "/admin/approvals/delegation/add/",
        {
            "person": people["qian"].pk,
            "stand_in": people["sun"].pk,
            "starts_at": "2030-01-01T09:00",
            "ends_at": "2030-01-08T09:00",
            "reason": "年假",
        },
    )

    assert answer.status_code == 302
    given = people["qian"].delegations.get()
    assert given.ends_at - given.starts_at == timedelta(days=7)
    assert "孙总" in browse(people["sun"]).get("/admin/approvals/delegation/").content.decode()
    assert "年假" not in browse(people["zhou"]).get("/admin/approvals/delegation/").content.decode()
    data = {"action": "end_delegation", "_selected_action": [given.pk]}
    client.post("/admin/approvals/delegation/", data)
    given.refresh_from_db()
    assert given.ended_at is not None


def test_nobody_names_a_stand_in_for_another(people, browse):
    browse(people["qian"]).post(
        "/admin/approvals/delegation/add/",
        {
            "person": people["zhao"].pk,
            "stand_in": people["sun"].pk,
            "starts_at": "2030-01-01T09:00",
            "ends_at": "2030-01-08T09:00",
        },
    )

    assert not people["zhao"].delegations.exists()


def test_a_colleague_of_another_tenant_is_not_offered(running, people, rival, browse):
    foreign = give_role(StaffFactory(tenant=rival, display_name="外人"), "support")
    approver("内人", tenant=running.tenant)

    text = browse(people["qian"]).get(page(running)).content.decode()
    act(browse(people["qian"]), running, "transfer", person=foreign.pk)

    assert "内人" in text
    assert "外人" not in text
    assert not Task.objects.filter(assignee=foreign).exists()
