"""All simulators of `make run`, in threads of one process, with their state in one folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulators import alipay, cloud, dingtalk, mailbox
from simulators.keys import CLOUD_ACCESS_KEYS, SMS_ACCESS_KEYS, SandboxKeys, ensure_keys


@dataclass
class Sandbox:
    keys: SandboxKeys
    cloud: cloud.CloudServer
    alipay: alipay.AlipayServer
    mailbox: mailbox.MailboxServer
    dingtalk: dingtalk.DingtalkServer

    @property
    def urls(self) -> dict[str, str]:
        """Base URLs as settings.SANDBOX_URLS wants them; smtp is host:port."""
        return {
            "cloud": self.cloud.url,
            "alipay": self.alipay.url,
            "sms": self.mailbox.url,
            "mailbox": self.mailbox.url,
            "dingtalk": self.dingtalk.url,
            "smtp": f"127.0.0.1:{self.mailbox.smtp_port}",
        }

    def stop(self) -> None:
        for server in (self.alipay, self.cloud, self.mailbox, self.dingtalk):
            server.stop()


def serve(directory: Path, ports: Mapping[str, int], *, boot_seconds: float = 3.0) -> Sandbox:
    """
    Start every simulator; `ports` names cloud, alipay, mailbox, smtp, dingtalk and stream; 0: any.

    :raises SimulatorsAreForbidden: in production
    """
    keys = ensure_keys(directory)
    return Sandbox(
        keys=keys,
        cloud=cloud.serve(
            ports.get("cloud", 0),
            secrets=CLOUD_ACCESS_KEYS,
            directory=directory,
            boot_seconds=boot_seconds,
        ),
        alipay=alipay.serve(ports.get("alipay", 0), keys=keys, directory=directory),
        mailbox=mailbox.serve(
            ports.get("mailbox", 0),
            smtp_port=ports.get("smtp", 0),
            access_keys=SMS_ACCESS_KEYS,
            directory=directory,
        ),
        dingtalk=dingtalk.serve(
            ports.get("dingtalk", 0),
            stream_port=ports.get("stream", 0),
            directory=directory,
        ),
    )
