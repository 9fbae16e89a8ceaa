from django.db import models

from apps.rbac.scoping import ScopedQuerySet


class StaffQuerySet[M: models.Model](ScopedQuerySet[M]):
    """Rows of a tenant that no customer sees."""

    customer_path = None
    owner_path = None
