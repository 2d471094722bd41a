from django.urls import path

from portal.views import lifecycle
from portal.views.bulletin import comparison, monthly
from portal.views.components import components
from portal.views.dashboard import dashboard, map_data
from portal.views.desk import due, quality, remind, streets, unusual, workbench
from portal.views.endings import ending, ending_list
from portal.views.facilities import export, facilities
from portal.views.facility import facility, facility_file, facility_tab
from portal.views.help import close_guide, help_page
from portal.views.home import home
from portal.views.returns import check, form, lists, review, rules, workbook
from portal.views.vitality import vitality, vitality_export
from portal.views.vitality_scale import edit as vitality_edit
from portal.views.vitality_scale import scale as vitality_scale

app_name = "portal"
urlpatterns = [
    path("", home, name="home"),
    path("workbench/", workbench, name="workbench"),
    path("workbench/due/", due, name="due"),
    path("workbench/remind/", remind, name="remind"),
    path("workbench/quality/", quality, name="quality"),
    path("workbench/unusual/", unusual, name="unusual"),
    path("workbench/streets/", streets, name="streets"),
    path("dashboard/", dashboard, name="dashboard"),
    path("dashboard/map.json", map_data, name="map_data"),
    path("facilities/", facilities, name="facilities"),
    path("facilities/export/", export, name="facilities_export"),
    path("facilities/new/", lifecycle.new, name="lifecycle_new"),
    path("facilities/decisions/", lifecycle.decisions, name="decisions"),
    path("facilities/decisions/next/<slug:kind>/", lifecycle.proposed, name="lifecycle_next"),
    path("facilities/decisions/<uuid:uuid>/", lifecycle.decision, name="decision"),
    path("facilities/decisions/<uuid:uuid>/act/", lifecycle.act, name="decision_act"),
    path("facilities/<uuid:uuid>/lifecycle/", lifecycle.choices, name="lifecycle"),
    path("facilities/<uuid:uuid>/lifecycle/<slug:kind>/", lifecycle.start, name="lifecycle_start"),
    path("facilities/<uuid:uuid>/", facility, name="facility"),
    path("facilities/<uuid:uuid>/file.pdf", facility_file, name="facility_file"),
    path("facilities/<uuid:uuid>/<slug:tab>/", facility_tab, name="facility_tab"),
    path("vitality/", vitality, name="vitality"),
    path("vitality/export/", vitality_export, name="vitality_export"),
    path("vitality/bulletin/", monthly, name="vitality_bulletin"),
    path("vitality/compare/", comparison, name="vitality_compare"),
    path("vitality/scale/", vitality_scale, name="vitality_scale"),
    path("vitality/scale/edit/", vitality_edit, name="vitality_edit"),
    path("partners/endings/", ending_list, name="endings"),
    path("partners/endings/<uuid:uuid>/", ending, name="ending"),
    path("help/", help_page, name="help"),
    path("help/guide/", close_guide, name="guide"),
    path("returns/", lists.returns, name="returns"),
    path("returns/rules/", rules.return_rules, name="return_rules"),
    path("returns/rules/new/", rules.return_rules_edit, name="return_rules_edit"),
    path("returns/decide/", review.returns_decide, name="returns_decide"),
    path("returns/workbook/", workbook.returns_workbook, name="returns_workbook"),
    path("returns/upload/", workbook.returns_upload, name="returns_upload"),
    path("returns/choose/", workbook.returns_choose, name="returns_choose"),
    path("returns/<uuid:uuid>/", form.return_form, name="return_form"),
    path("returns/<uuid:uuid>/save/", form.return_save, name="return_save"),
    path("returns/<uuid:uuid>/panel/", form.return_panel, name="return_panel"),
    path("returns/<uuid:uuid>/check/", check.return_check, name="return_check"),
    path("returns/<uuid:uuid>/withdraw/", check.return_withdraw, name="return_withdraw"),
    path("returns/<uuid:uuid>/correct/", check.return_correct, name="return_correct"),
    path("returns/<uuid:uuid>/review/", review.return_review, name="return_review"),
    path("returns/<uuid:uuid>/comment/", review.return_comment, name="return_comment"),
    path("returns/<uuid:uuid>/decide/", review.return_decide, name="return_decide"),
    path("returns/comments/<uuid:uuid>/settle/", review.return_settle, name="return_settle"),
    path("components/", components, name="components"),
]
