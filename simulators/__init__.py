"""
Loopback servers that speak the wire protocols of the outside world: a cloud, Alipay, SMS, mail.

They stand in for the vendors in `make run` and in the tests. Every server binds 127.0.0.1 only, and
none of them starts where KBOSS_ENVIRONMENT says production (which is also what silence means).
"""

import os


class SimulatorsAreForbidden(RuntimeError):
    """Somebody tried to start a simulator on a production host."""


def refuse_production() -> None:
    """
    Stop unless the environment says aloud that it is a sandbox or a test.

    :raises SimulatorsAreForbidden: in production, and where nothing is said
    """
    environment = os.environ.get("KBOSS_ENVIRONMENT", "production")
    if environment not in {"sandbox", "test"}:
        raise SimulatorsAreForbidden(
            f"Simulators never run in production; KBOSS_ENVIRONMENT is {environment!r}."
        )
