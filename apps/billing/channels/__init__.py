"""Payment channels: the port, and which gateway an installation has."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from apps.billing.channels.alipay import AlipayGateway
from apps.billing.channels.base import Gateway, Notice, Order, Trade
from apps.billing.enums import Channel
from apps.billing.errors import ChannelIsNotOffered
from apps.billing.models import Recharge

__all__ = ["ONLINE", "Gateway", "Notice", "Order", "Trade", "gateway", "order_of"]

ONLINE = frozenset({Channel.ALIPAY})


def gateway(channel: str) -> Gateway:
    """The configured gateway of an online channel.

    :raises ChannelIsNotOffered: if this installation has no keys for it
    """
    configured = settings.ALIPAY
    files = [Path(configured[name] or "-") for name in ("app_private_key", "alipay_public_key")]
    if channel not in ONLINE or not all(file.is_file() for file in files):
        raise ChannelIsNotOffered(channel=channel)
    return _alipay(**{**configured, **_texts(*files)})


def order_of(recharge: Recharge) -> Order:
    """What the channel is told about a recharge."""
    return Order(
        number=recharge.number,
        amount=recharge.amount,
        subject=_("Account recharge"),
        expires_at=recharge.expires_at,
    )


def _texts(private: Path, public: Path) -> dict[str, str]:
    return {"app_private_key": private.read_text(), "alipay_public_key": public.read_text()}


@lru_cache(maxsize=4)
def _alipay(**configured: str) -> AlipayGateway:
    return AlipayGateway(**configured)
