"""What a browser says it is, in words that a person knows. Pure."""

import re

# The first that is found counts: Edge also calls itself Chrome, and Chrome Safari.
BROWSERS = (
    ("Edge", r"Edg[A-Za-z]*/(\d+)"),
    ("WeChat", r"MicroMessenger/(\d+)"),
    ("Chrome", r"Chrome/(\d+)"),
    ("Firefox", r"Firefox/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("macOS", "Mac OS"),
    ("Linux", "Linux"),
)
LONGEST = 60


def device_of(user_agent: str) -> str:
    """ "Chrome 131 (Windows)"; what is unknown is shown as it calls itself."""
    system = next((name for name, sign in SYSTEMS if sign in user_agent), "")
    for name, pattern in BROWSERS:
        found = re.search(pattern, user_agent)
        if found:
            return f"{name} {found[1]}" + (f" ({system})" if system else "")
    return user_agent[:LONGEST] or "—"
