"""Two serializers of one name are one component of the API's schema: the second would win."""

from collections import defaultdict

from django.urls import get_resolver
from rest_framework.serializers import BaseSerializer


def test_components_have_names_of_their_own():
    assert get_resolver().url_patterns  # every API module is loaded
    homes = defaultdict(set)
    for kind in _below(BaseSerializer):
        if kind.__module__.startswith("apps."):
            homes[kind.__name__].add(kind.__module__)

    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def _below(kind: type) -> set[type]:
    direct = set(kind.__subclasses__())
    return direct.union(*(_below(one) for one in direct))
