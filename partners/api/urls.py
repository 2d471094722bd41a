from django.urls import path

from partners.api.money import ExchangeEntryList, ExchangeList, FundEntryList, FundList, OperatingFigureList
from partners.api.partners import (
    AgreementList,
    ApplicationList,
    BrandList,
    CallList,
    ExemplarList,
    PartnerList,
    SelectionList,
)
from partners.api.plans import PlanItemList, PlanList

urlpatterns = [
    path("partners/", PartnerList.as_view(), name="partners"),
    path("brands/", BrandList.as_view(), name="brands"),
    path("calls/", CallList.as_view(), name="calls"),
    path("applications/", ApplicationList.as_view(), name="applications"),
    path("agreements/", AgreementList.as_view(), name="agreements"),
    path("selections/", SelectionList.as_view(), name="selections"),
    path("exemplars/", ExemplarList.as_view(), name="exemplars"),
    path("funds/", FundList.as_view(), name="funds"),
    path("fund-entries/", FundEntryList.as_view(), name="fund-entries"),
    path("exchanges/", ExchangeList.as_view(), name="exchanges"),
    path("exchange-entries/", ExchangeEntryList.as_view(), name="exchange-entries"),
    path("plans/", PlanList.as_view(), name="plans"),
    path("plan-items/", PlanItemList.as_view(), name="plan-items"),
    path("operating-figures/", OperatingFigureList.as_view(), name="operating-figures"),
]
