"""`python -m tests.e2e.new_world`: migrate an empty database and build the world in it."""

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    call_command("migrate", verbosity=0)
    from tests.e2e import world

    world.build()
