"""What every change of a shared rule does besides: other processes must notice."""

from uuid import uuid4

from django.db import transaction

from apps.products.models import RuleVersion
from apps.products.models.visibility import lineage
from apps.rbac.models import Tenant


@transaction.atomic
def bump_rules(*, tenant: Tenant) -> None:
    """Let every process read the shared rules again, once this transaction is there for all.

    Call it in the transaction of each change of a promotion, a price list and whatever else is
    registered as shared. Trusted: says nothing but that something changed.
    """
    root = Tenant.objects.get(path=lineage(tenant)[0])
    RuleVersion.objects.update_or_create(tenant=root, defaults={"mark": uuid4().hex})
