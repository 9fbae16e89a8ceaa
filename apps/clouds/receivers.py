from apps.clouds import tasks
from apps.clouds.events import ResourceSyncRequested
from apps.core.events import on


@on(ResourceSyncRequested)
def sync_resource(event: ResourceSyncRequested) -> None:
    tasks.sync_resource.delay(resource_id=event.resource_id)
