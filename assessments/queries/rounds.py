"""What belongs to one round. A merged district has its own and those of the districts that it took over, of one year."""

from assessments.models import CheckRound, Discrepancy, SampledFacility


def discrepancies_of(round: CheckRound):
    """What was found otherwise at the facilities of its sample."""
    sampled = SampledFacility.objects.filter(sample__round=round)
    return Discrepancy.objects.filter(year=round.year, facility__in=sampled.values("facility"))
