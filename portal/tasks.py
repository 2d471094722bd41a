"""What beat does across apps."""

from celery import shared_task
from django.utils import timezone

from facilities.districts import in_every_district
from portal.operations import early, endings, plans


@shared_task
def tell_endings(**_later):
    """Every morning: what ends with the agreements that run out, 90, 60 and 30 days before; each span is told once."""
    today = timezone.localdate()
    in_every_district(lambda district: endings.tell(district=district, today=today), task="tell_endings")


@shared_task
def tell_early(**_later):
    """Every morning: space agreements that end or drift from equal value, licences that run out; each stage is told once."""
    today = timezone.localdate()
    in_every_district(lambda district: early.tell(district=district, today=today), task="tell_early")


@shared_task
def tell_plans(**_later):
    """Every morning: items of the year's plan that are not done as their last day comes near, and when it has passed."""
    today = timezone.localdate()
    in_every_district(lambda district: plans.tell(district=district, today=today), task="tell_plans")
