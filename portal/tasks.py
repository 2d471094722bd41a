"""What beat does across apps."""

from celery import shared_task
from django.utils import timezone

from portal.operations import endings


@shared_task
def tell_endings(**_later):
    """Every morning: what ends with the agreements that run out, 90, 60 and 30 days before; each span is told once."""
    endings.tell_everywhere(today=timezone.localdate())
