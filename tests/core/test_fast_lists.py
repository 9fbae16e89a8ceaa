"""What a list shows in every row is not rendered anew for every row."""

import pytest
from django.contrib import admin
from django.utils import translation
from unfold.admin import ModelAdmin
from unfold.utils import display_for_label

from apps.approvals.models import Approval
from apps.core.modeladmin import GREEN, RED, _tag

pytestmark = pytest.mark.sqlite

OWN = admin.site._registry[Approval]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("pk", [7, "a<b", "{}", "{pk}", '"'])
def test_the_checkbox_is_unfolds(language, pk):
    row = Approval(pk=pk)

    with translation.override(language):
        assert OWN.action_checkbox(row) == ModelAdmin.action_checkbox(OWN, row)


@pytest.mark.parametrize("text", ["审批中", "<b>x</b>", "a & b"])
@pytest.mark.parametrize("color", [GREEN, RED, None])
def test_the_tag_is_unfolds(text, color):
    colors = {"there": color} if color else {}

    assert _tag(text, color) == display_for_label((("there"), text), "-", colors) or not color
    assert "<b>" not in _tag(text, color)
