from celery import shared_task
from django.utils import timezone

from apps.products import services


@shared_task(name="products.refresh_shelf")
def refresh_shelf(**_: object) -> int:
    """Carry what changed in the catalogue into its search; how many products."""
    return services.refresh_changed(now=timezone.now())
