"""The judgements of the demonstration: a year from commission to a corrected directory, one under way, the follow-up."""

from assessments.demo.follow_up import load_follow_ups
from assessments.demo.past import load_past_year
from assessments.demo.present import load_present_year

__all__ = ["load_follow_ups", "load_past_year", "load_present_year"]
