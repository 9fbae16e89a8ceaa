"""Named places where a test may pull the plug."""

from collections.abc import Callable

_hooks: list[Callable[[str], None]] = []


def failpoint(name: str) -> None:
    """Mark a moment between two durable steps. Does nothing unless a test watches."""
    for hook in _hooks:
        hook(name)


def watch(hook: Callable[[str], None]) -> Callable[[], None]:
    """Call `hook` at every failpoint; the returned function ends it. For tests alone."""
    _hooks.append(hook)
    return lambda: _hooks.remove(hook)
