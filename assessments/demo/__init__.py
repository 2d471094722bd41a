"""The judgements of the demonstration: self-evaluations, two years of spot checks, the follow-up of the half-year."""

from assessments.demo.evaluations import load_evaluations
from assessments.demo.follow_up import load_follow_ups
from assessments.demo.past import load_past_year
from assessments.demo.present import load_present_year

__all__ = ["load_evaluations", "load_follow_ups", "load_past_year", "load_present_year"]
