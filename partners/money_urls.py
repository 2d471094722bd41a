"""Addresses of the money pages, in the namespace `partners`."""

from django.urls import path

from partners.money_views import board, exchanges, funds, operating, payments

urlpatterns = [
    path("money/", board.money, name="money"),
    path("money/duty/", board.duty, name="duty"),
    path("money/start/<slug:what>/", exchanges.start, name="money_start"),
    path("money/funds/", funds.funds, name="funds"),
    path("money/funds/add/", funds.fund_add, name="fund_add"),
    path("money/funds/<uuid:uuid>/", funds.fund, name="fund"),
    path("money/funds/<uuid:uuid>/edit/", funds.fund_edit, name="fund_edit"),
    path("money/funds/<uuid:uuid>/statement.<slug:form>", funds.fund_file, name="fund_file"),
    path("money/funds/<uuid:uuid>/post/<slug:what>/", funds.fund_post, name="fund_post"),
    path("money/entries/<uuid:uuid>/reverse/", funds.entry_reverse, name="entry_reverse"),
    path("money/payments/", payments.payments, name="payments"),
    path("money/payments/<uuid:uuid>/", payments.payment, name="payment"),
    path("money/payments/<uuid:uuid>/decide/", payments.payment_decide, name="payment_decide"),
    path("money/payments/<uuid:uuid>/withdraw/", payments.payment_withdraw, name="payment_withdraw"),
    path("money/fundraisers/", payments.fundraisers, name="fundraisers"),
    path("money/subsidies/", payments.subsidies, name="subsidies"),
    path("money/subsidies/<uuid:uuid>/", payments.subsidy, name="subsidy"),
    path("money/subsidies/<uuid:uuid>/decide/", payments.subsidy_decide, name="subsidy_decide"),
    path("money/subsidies/<uuid:uuid>/pay/", payments.subsidy_pay, name="subsidy_pay"),
    path("facilities/<uuid:uuid>/subsidies/add/", payments.subsidy_add, name="subsidy_add"),
    path("money/exchanges/", exchanges.exchanges, name="exchanges"),
    path("money/exchanges/<uuid:uuid>/", exchanges.exchange, name="exchange"),
    path("money/exchanges/<uuid:uuid>/service/", exchanges.exchange_service, name="exchange_service"),
    path("money/exchanges/<uuid:uuid>/accrue/", exchanges.exchange_accrue, name="exchange_accrue"),
    path("money/exchanges/<uuid:uuid>/settle/", exchanges.exchange_settle, name="exchange_settle"),
    path("money/exchange-entries/<uuid:uuid>/reverse/", exchanges.exchange_reverse, name="exchange_reverse"),
    path("money/rents/", exchanges.rents, name="rents"),
    path("money/rents/add/", exchanges.rent_add, name="rent_add"),
    path("facilities/<uuid:uuid>/exchanges/add/", exchanges.exchange_add, name="exchange_add"),
    path("money/operating/", operating.operating, name="operating"),
    path("money/operating/<uuid:uuid>/", operating.operating_facility, name="operating_facility"),
    path("facilities/<uuid:uuid>/figures/add/", operating.figure_add, name="figure_add"),
    path("facilities/<uuid:uuid>/prices/add/", operating.price_add, name="price_add"),
    path("money/figures/<uuid:uuid>/", operating.figure_edit, name="figure_edit"),
    path("money/prices/<uuid:uuid>/", operating.price_edit, name="price_edit"),
]
