"""The Celery application; the measured reasons for each setting are in docs/decisions/."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happyhome.settings")

app = Celery("happyhome")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
