"""`python -m kboss.demo`: load the demo company, once. The sandbox must be running."""

import os
import sys

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kboss.settings")
    django.setup()

    from kboss.demo import story

    return story.tell()


if __name__ == "__main__":
    sys.exit(main())
