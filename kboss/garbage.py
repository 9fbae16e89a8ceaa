"""How seldom a serving process looks for cyclic garbage."""

import gc

ALLOCATIONS = 50_000  # one page of the admin makes about 20,000 objects and leaves few behind


def collect_seldom() -> None:
    """Leave what was loaded at the start alone, and look at the rest every few pages: by default a
    page waits for several collections, the longest of which walk over the whole of Django."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 10, 10)
