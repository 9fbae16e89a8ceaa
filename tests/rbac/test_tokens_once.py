import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.models import IdempotencyKey
from apps.rbac.models import ApiToken

pytestmark = pytest.mark.django_db


def test_a_token_is_shown_once_and_stored_nowhere(browse, member):
    """Not even among the answers that are kept for repeats."""
    client = browse(member)
    expires_at = timezone.now() + timedelta(days=30)
    asked = {"name": "ci", "scopes": ["read"], "expires_at": expires_at.isoformat()}

    first = client.post(
        "/api/v1/tokens/",
        asked,
        content_type="application/json",
        headers={"Idempotency-Key": "make-one-token"},
    )

    assert first.status_code == 201, first.content
    key = first.json()["token"]
    stored = IdempotencyKey.objects.get()
    assert key not in json.dumps(stored.body)
    assert ApiToken.objects.filter(user=member).count() == 1
