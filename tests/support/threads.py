"""Many people at the same moment."""

import threading
from collections.abc import Callable

from django.db import connections


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Call `act(0)` … `act(count - 1)` in as many threads, released together.

    Each result is what the call returned, or the exception that it raised.
    """
    barrier = threading.Barrier(count)
    results: list[object] = [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = act(number)
        except BaseException as error:  # noqa: BLE001  it is the result
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
