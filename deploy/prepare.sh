#!/bin/sh
# What has to be in the database before the portal starts. Each step changes nothing when it has been done before.
set -eu
python manage.py migrate --no-input # as the owner: DATABASE_OWNER_URL
python manage.py load_divisions
python manage.py load_standard
