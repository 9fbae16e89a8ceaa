"""Processes that die at a chosen failpoint, as by kill -9."""

import os
import signal
from collections.abc import Callable

from django.db import connections

from apps.core import failpoints


def die_at(point: str, work: Callable[[], object], *, skip: int = 0) -> bool:
    """Run `work` in a child that is killed when it passes `point` for the (skip+1)th time.

    True if it died there; False if the work ended without coming by.
    """
    connections.close_all()  # a child that shares the parent's socket would corrupt both
    child = os.fork()
    if child == 0:
        _work_and_die(point, work, skip)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed before the failpoint"
    return False


def _work_and_die(point: str, work: Callable[[], object], skip: int) -> None:
    passed = 0

    def pull_the_plug(name: str) -> None:
        nonlocal passed
        if name == point:
            passed += 1
            if passed > skip:
                os.kill(os.getpid(), signal.SIGKILL)

    failpoints.watch(pull_the_plug)
    try:
        work()
    except BaseException:  # noqa: BLE001  a forked child must not run pytest's own ending
        os._exit(1)
    os._exit(0)
