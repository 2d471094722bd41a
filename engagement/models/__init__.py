"""What happens at a facility: activities, visits, openings, care, rounds, complaints and surveys.

Tables that grow daily (VisitCount, Opening, Round, MonthlyFigure) are narrow and unique by facility and day: entering a day
twice corrects it. The others have a `uuid` for their page and a `version` for editing.
"""

from engagement.models.activity import Activity, ActivityKind, ActivityPhoto, ActivityPlan, TargetGroup
from engagement.models.care import Certificate, DisabledHome, HomeVisit, Round, RoundKind, Upkeep
from engagement.models.counts import Catchment, CountPeriod, CountSource, Figure, MonthlyFigure, VisitCount
from engagement.models.opening import Closure, Opening, OpeningHours, Weekday
from engagement.models.voice import Complaint, ComplaintKind, Satisfaction, Survey, SurveyAnswer

__all__ = [
    "Activity",
    "ActivityKind",
    "ActivityPhoto",
    "ActivityPlan",
    "Catchment",
    "Certificate",
    "Closure",
    "Complaint",
    "ComplaintKind",
    "CountPeriod",
    "CountSource",
    "DisabledHome",
    "Figure",
    "HomeVisit",
    "MonthlyFigure",
    "Opening",
    "OpeningHours",
    "Round",
    "RoundKind",
    "Satisfaction",
    "Survey",
    "SurveyAnswer",
    "TargetGroup",
    "Upkeep",
    "VisitCount",
    "Weekday",
]
