"""What a SKU consists of: typed, so that it can be compared, filtered and shown in any language."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Specification:
    compute_kind: str | None = None
    vcpu: int | None = None
    memory_gib: int | None = None
    disk_gib: int | None = None
    capacity_gib: int | None = None
    bandwidth_mbps: int | None = None
    traffic_gb: int | None = None
    requests_10k: int | None = None
    gpu_model: str | None = None
    gpu_count: int | None = None
    gpu_memory_gib: int | None = None
    nodes: int | None = None
    core_hours: int | None = None
    engine: str | None = None
    storage_class: str | None = None
    network: str | None = None
    topology: str | None = None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """:raises ValueError: if a name is unknown or a value has the wrong type"""
        kinds = {field.name: str if "str" in str(field.type) else int for field in fields(cls)}
        for name, value in data.items():
            if name not in kinds:
                raise ValueError(f"{name}: unknown.")
            if type(value) is not kinds[name] or not value:
                raise ValueError(f"{name}: {kinds[name].__name__} expected.")
            if name == "compute_kind" and value not in COMPUTE_KINDS:
                raise ValueError(f"{name}: one of {', '.join(COMPUTE_KINDS)} expected.")
            if isinstance(value, int) and value < 0:
                raise ValueError(f"{name}: negative.")
        return cls(**data)

    def to_json(self) -> dict[str, int | str]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    def parts(self) -> Iterator[tuple[Promise, str]]:
        """Label and value with its unit, in the order in which people compare them."""
        for name, value in self.to_json().items():
            label, unit = WORDS[name]
            word = COMPUTE_KINDS.get(str(value), value) if name == "compute_kind" else value
            yield label, str(unit).format(word)

    def __str__(self) -> str:
        return " · ".join(value for _label, value in self.parts())


COMPUTE_KINDS = {
    "training": _("AI training"),
    "inference": _("AI inference"),
    "science": _("Scientific computing"),
}
WORDS: dict[str, tuple[Promise, Promise | str]] = {
    "compute_kind": (_("Kind of computing"), "{}"),
    "vcpu": (_("vCPU"), "{} vCPU"),
    "memory_gib": (_("Memory"), "{} GiB"),
    "disk_gib": (_("Disk"), _("{} GiB disk")),
    "capacity_gib": (_("Capacity"), _("{} GiB capacity")),
    "bandwidth_mbps": (_("Bandwidth"), "{} Mbps"),
    "traffic_gb": (_("Traffic"), _("{} GB traffic")),
    "requests_10k": (_("Requests"), _("{} × 10,000 requests")),
    "gpu_model": (_("GPU model"), "{}"),
    "gpu_count": (_("GPUs"), _("{} cards")),
    "gpu_memory_gib": (_("GPU memory"), _("{} GiB GPU memory")),
    "nodes": (_("Nodes"), _("{} nodes")),
    "core_hours": (_("Core-hours"), _("{} core-hours")),
    "engine": (_("Engine"), "{}"),
    "storage_class": (_("Storage class"), "{}"),
    "network": (_("Interconnect"), "{}"),
    "topology": (_("Network topology"), "{}"),
}


def validate_specification(data: object) -> None:
    """For forms: the same rules, in the words of a form."""
    if not isinstance(data, Mapping):
        raise ValidationError(_("A specification is an object of names and values."))
    try:
        Specification.parse(data)
    except ValueError as error:
        raise ValidationError(str(error)) from error
