"""The API of approvals: boxes, what may be read, each act, and what refusals look like."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.approvals.engine.graph import Approvers, Node
from apps.approvals.enums import ApprovalStatus, Door
from apps.approvals.models import Approval, Delegation
from tests.factories.approvals import Leave, ask, kind_with
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db
URL = "/api/v1/approvals/"


def key(name):
    return {"Idempotency-Key": f"approval-key-{name}"}


@pytest.fixture
def running(people):
    """Zhao asks; Qian decides, then Sun."""
    kind = kind_with(
        Node("first", "经理", Approvers.people(people["qian"].pk)),
        Node("second", "总监", Approvers.people(people["sun"].pk)),
    )
    return ask(people["zhao"], kind)


@pytest.fixture
def own(member, customer, people):
    """A customer's own request, which waits for Qian."""
    kind = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)))
    return ask(member, kind, customer_id=customer.pk, tenant=customer.tenant)


def act(client, approval, verb, name="act", **body):
    return client.post(f"{URL}{approval.pk}/{verb}/", body, format="json", headers=key(name))


def test_boxes(running, people, api):
    def listed(who, box):
        return [row["id"] for row in api(people[who]).get(URL, {"box": box}).json()["results"]]

    assert (listed("qian", "todo"), listed("zhao", "todo")) == ([running.pk], [])
    assert (listed("zhao", "started"), listed("qian", "started")) == ([running.pk], [])
    assert listed("zhao", "copied") == []
    assert listed("wu", "all") == [running.pk]


def test_a_row_says_where_it_is_and_who_holds_it(running, people, api):
    row = api(people["zhao"]).get(URL).json()["results"][0]

    assert (row["number"], row["current_step"], row["holders"]) == (
        running.number,
        "经理",
        ["钱经理"],
    )


def test_the_detail_has_path_history_and_what_may_be_done(running, people, api):
    told = api(people["qian"]).get(f"{URL}{running.pk}/").json()

    assert [(step["key"], step["status"], step["people"]) for step in told["steps"]] == [
        ("first", "open", ["钱经理"]),
        ("second", "waiting", ["孙总"]),
    ]
    assert [item["verb"] for item in told["timeline"]] == ["submit"]
    assert told["form"] == [{"name": "amount", "label": "金额", "text": "¥100.00"}]
    verbs = {verb["verb"]: verb for verb in told["verbs"]}
    assert verbs["approve"]["is_allowed"] is True
    assert verbs["withdraw"]["is_allowed"] is False
    assert verbs["withdraw"]["reason"]


def test_two_approvers_decide(running, people, api):
    first = act(api(people["qian"]), running, "approve", note="好")
    second = act(api(people["sun"]), running, "approve")

    assert (first.status_code, first.json()["status"]) == (200, "running")
    assert (second.status_code, second.json()["status"]) == (200, "approved")
    assert set(running.acts.filter(verb="approve").values_list("door", flat=True)) == {Door.API}


def test_an_answer_to_a_decision_tells_no_more_than_how_it_stands(running, people, api):
    """With his task the approver's right to read is gone (X-7)."""
    answer = act(api(people["qian"]), running, "approve")

    assert set(answer.json()) == {"id", "number", "status", "status_label"}


def test_acts_need_a_key(running, people, api):
    answer = api(people["qian"]).post(f"{URL}{running.pk}/approve/", {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "core.idempotency_key_missing")
    assert not running.acts.filter(verb="approve").exists()


def test_a_repeat_gets_the_first_answer(running, people, api):
    client = api(people["qian"])
    first = act(client, running, "approve")

    again = act(client, running, "approve")

    assert (again.json(), again.headers["Idempotency-Hit"]) == (first.json(), "true")
    assert running.acts.filter(verb="approve").count() == 1


def test_a_refusal_needs_a_reason(running, people, api):
    missing = act(api(people["qian"]), running, "reject")
    blank = act(api(people["qian"]), running, "reject", name="blank", note="  ")

    assert (missing.status_code, blank.status_code) == (400, 400)
    assert missing.json()["errors"][0]["field"] == "note"
    assert Approval.objects.get().status == ApprovalStatus.RUNNING


def test_who_comes_second_hears_that_somebody_was_faster(people, api):
    ids = [people["qian"].pk, people["sun"].pk]
    approval = ask(people["zhao"], kind_with(Node("any", "任一", Approvers.people(*ids))))
    act(api(people["qian"]), approval, "approve")

    answer = act(api(people["sun"]), approval, "reject", note="不行")

    assert answer.status_code == 409
    assert answer.json()["code"] in {"approvals.task_is_closed", "approvals.verb_not_allowed"}


def test_it_waits_for_others_not_for_the_reader(running, people, api):
    answer = act(api(people["wu"]), running, "approve")

    assert (answer.status_code, answer.json()["code"]) == (403, "approvals.not_the_approver")
    assert not running.acts.filter(verb="approve").exists()


def test_handing_on_adding_sending_back_and_submitting_again(running, people, api):
    zhao, qian, li, zhou = (api(people[name]) for name in ("zhao", "qian", "li", "zhou"))

    assert act(qian, running, "transfer", to=people["li"].pk).status_code == 200
    added = act(li, running, "add-approver", who=people["zhou"].pk, where="before")
    assert added.status_code == 200
    assert act(zhou, running, "approve").status_code == 200
    assert act(li, running, "send-back", to_node="applicant", note="缺合同").status_code == 200
    again = act(zhao, running, "resubmit", form={"amount": "80.00"})

    assert (again.status_code, again.json()["form"][0]["text"]) == (200, "¥80.00")
    assert [step["people"] for step in again.json()["steps"]] == [["钱经理"], ["孙总"]]


def test_the_applicant_urges_comments_attaches_and_withdraws(
    running, people, api, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    client = api(people["zhao"])

    assert act(client, running, "urge", name="u1").status_code == 200
    soon = act(client, running, "urge", name="u2")
    assert (soon.status_code, soon.json()["code"]) == (409, "approvals.urged_recently")
    said = act(client, running, "comment", text="请看附件")
    assert said.json()["comments"][0]["text"] == "请看附件"
    sent = client.post(
        f"{URL}{running.pk}/attachments/",
        {"file": SimpleUploadedFile("合同.pdf", b"%PDF-1.7 x")},
        format="multipart",
        headers=key("file"),
    )
    assert sent.status_code == 200, sent.json()
    file = sent.json()["attachments"][0]
    assert (sent.status_code, file["name"]) == (200, "合同.pdf")
    got = client.get(f"{URL}{running.pk}/attachments/{file['id']}/")
    assert b"".join(got.streaming_content) == b"%PDF-1.7 x"
    done = act(client, running, "withdraw", note="不需要了")

    assert (done.status_code, done.json()["status"]) == (200, "withdrawn")


def test_a_copy_is_read_and_not_decided(running, people, clerk, api):
    done = act(api(people["zhao"]), running, "copy", users=[clerk.pk])

    assert done.status_code == 200
    assert api(clerk).get(f"{URL}{running.pk}/").status_code == 200
    assert act(api(clerk), running, "approve").status_code in {403, 404}


def test_an_approver_outside_the_data_scope_reads_it_while_it_waits_for_him(people, clerk, api):
    """X-7"""
    approval = ask(people["zhao"], kind_with(Node("c", "销售", Approvers.people(clerk.pk))))
    client = api(clerk)
    assert client.get(f"{URL}{approval.pk}/").status_code == 200

    act(client, approval, "approve")

    assert client.get(f"{URL}{approval.pk}/").status_code == 404
    assert client.get(URL).json()["count"] == 0


def test_a_customer_sees_his_own_requests_and_who_holds_them(own, member, api):
    row = api(member).get(URL, {"box": "started"}).json()["results"][0]
    told = api(member).get(f"{URL}{own.pk}/").json()

    assert (row["id"], row["holders"]) == (own.pk, ["钱经理"])
    assert told["warnings"] == []
    allowed = {verb["verb"] for verb in told["verbs"] if verb["is_allowed"]}
    assert allowed == {"withdraw", "urge", "copy", "comment", "attach"}


def test_a_customer_withdraws_and_comments(own, member, api):
    act(api(member), own, "comment", text="请尽快", name="say")

    answer = act(api(member), own, "withdraw", note="不需要了")

    assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")


@pytest.mark.parametrize("who", ["outsider", "stranger", "rival_boss"])
def test_to_others_it_does_not_exist(who, own, api, request):
    client = api(request.getfixturevalue(who))
    unknown = client.get(f"{URL}999999/").json()

    assert client.get(f"{URL}{own.pk}/").json()["detail"] == unknown["detail"]
    assert client.get(URL).json()["count"] == 0
    for verb in ("approve", "withdraw", "comment"):
        assert act(client, own, verb, note="x", text="x").status_code == 404
    assert [item.verb for item in own.acts.all()] == ["submit"]


def test_a_colleague_of_another_tenant_is_no_colleague(running, people, rival, api):
    foreign = give_role(StaffFactory(tenant=rival), "support")

    answer = act(api(people["qian"]), running, "transfer", to=foreign.pk)
    unknown = act(api(people["qian"]), running, "transfer", name="other", to=99_999_999)

    assert (answer.status_code, unknown.status_code) == (400, 400)
    assert answer.json()["errors"][0]["code"] == unknown.json()["errors"][0]["code"]
    assert running.tasks.count() == 1


def test_simulating_changes_nothing(people, api):
    kind = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)))
    body = {"kind": kind.code, "form": {"amount": "5.00"}}

    told = api(people["zhao"]).post(f"{URL}simulate/", body, format="json")
    wrong = api(people["zhao"]).post(f"{URL}simulate/", {"kind": "no.such"}, format="json")

    assert [(step["name"], step["people"]) for step in told.json()["steps"]] == [
        ("经理", ["钱经理"])
    ]
    assert (wrong.status_code, wrong.json()["code"]) == (400, "approvals.kind_unknown")
    assert not Approval.objects.exists()


def test_kinds_say_what_their_forms_ask(people, api, stranger):
    kind_with(Node("q", "经理", Approvers.role("finance")), of=Leave)

    found = {
        kind["code"]: kind for kind in api(people["zhao"]).get("/api/v1/approval-kinds/").json()
    }

    assert found["tests.leave"]["fields"][0]["name"] == "days"
    assert found["tests.leave"]["allows_bulk"] is True
    assert api(stranger).get("/api/v1/approval-kinds/").status_code == 403


def test_a_stand_in_is_named_and_ended(people, clerk, api):
    body = {
        "stand_in": people["sun"].pk,
        "starts_at": "2030-01-01T09:00:00+08:00",
        "ends_at": "2030-01-08T09:00:00+08:00",
        "reason": "年假",
    }
    made = api(people["qian"]).post("/api/v1/delegations/", body, format="json", headers=key("d"))

    assert (made.status_code, made.json()["stand_in"]) == (201, "孙总")
    assert api(people["sun"]).get("/api/v1/delegations/").json()["count"] == 1
    assert api(clerk).get("/api/v1/delegations/").json()["count"] == 0
    end = f"/api/v1/delegations/{made.json()['id']}/end/"
    assert api(clerk).post(end, headers=key("e")).status_code == 404
    assert api(people["qian"]).post(end, headers=key("e")).status_code == 200
    assert Delegation.objects.get().ended_at is not None


@pytest.mark.parametrize("rows", [1, 10])
def test_list_query_count_does_not_grow(rows, people, api, django_assert_max_num_queries):
    kind = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)))
    for _ in range(rows):
        ask(people["zhao"], kind)
    client = api(people["zhao"])

    with django_assert_max_num_queries(8):
        assert client.get(URL).json()["count"] == rows
