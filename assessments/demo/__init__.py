"""The year's end of the demonstration: one year from commission to a corrected directory, and one that is under way."""

from assessments.demo.past import load_past_year
from assessments.demo.present import load_present_year

__all__ = ["load_past_year", "load_present_year"]
