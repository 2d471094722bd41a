from django.urls import path

from partners.api.money import ExchangeList, FundEntryList, FundList, OperatingFigureList

urlpatterns = [
    path("funds/", FundList.as_view(), name="funds"),
    path("fund-entries/", FundEntryList.as_view(), name="fund-entries"),
    path("exchanges/", ExchangeList.as_view(), name="exchanges"),
    path("operating-figures/", OperatingFigureList.as_view(), name="operating-figures"),
]
