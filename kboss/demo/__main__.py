"""`python -m kboss.demo`: load the demo company, once. The sandbox must be running."""

import os
import sys
from importlib import import_module

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kboss.settings")
    django.setup()

    story = import_module("kboss.demo.story")  # it needs Django to be set up

    return int(story.tell())


if __name__ == "__main__":
    sys.exit(main())
