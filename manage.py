#!/usr/bin/env python
"""Django's command line. `./run manage …` is the same with the services up."""

import os
import sys

OWNER_COMMANDS = {"migrate"}  # they change tables, which the app role may not

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happyhome.settings")
    if sys.argv[1:2] and sys.argv[1] in OWNER_COMMANDS:
        os.environ["HAPPYHOME_AS_OWNER"] = "true"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
