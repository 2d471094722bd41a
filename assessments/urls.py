from django.urls import path

from assessments.views import books, checks, directories, findings, phone, public, runs

app_name = "assessments"
urlpatterns = [
    path("runs/", runs.runs, name="runs"),
    path("runs/start/", runs.start, name="start"),
    path("runs/<uuid:uuid>/", runs.run, name="run"),
    path("runs/<uuid:uuid>/progress/", runs.progress, name="run_progress"),
    path("checks/", checks.checks, name="checks"),
    path("checks/start/", checks.start, name="check_start"),
    path("checks/<uuid:uuid>/", checks.check, name="check"),
    path("checks/<uuid:uuid>/act/", checks.act, name="check_act"),
    path("visits/<uuid:uuid>/", checks.visit, name="visit"),
    path("visits/<uuid:uuid>/photo/", checks.photo, name="visit_photo"),
    path("my-visits/", phone.my_visits, name="my_visits"),
    path("my-visits/template/", books.template, name="results_template"),
    path("my-visits/upload/", books.upload, name="results_upload"),
    path("my-visits/<uuid:uuid>/", phone.my_visit, name="my_visit"),
    path("phone/", phone.app, name="phone"),
    path("phone/sw.js", phone.service_worker, name="phone_worker"),
    path("phone/manifest.webmanifest", phone.manifest, name="phone_manifest"),
    path("phone/pack/", phone.pack, name="phone_pack"),
    path("phone/sync/", phone.sync, name="phone_sync"),
    path("phone/photo/", phone.photo, name="phone_photo"),
    path("findings/", findings.findings, name="findings"),
    path("findings/<uuid:uuid>/", findings.finding, name="finding"),
    path("findings/<uuid:uuid>/answer/", findings.answer, name="finding_answer"),
    path("findings/<uuid:uuid>/rule/", findings.rule, name="finding_rule"),
    path("directories/", directories.directories, name="directories"),
    path("directories/<uuid:uuid>/", directories.directory, name="directory"),
    path("directories/<uuid:uuid>/act/", directories.act, name="directory_act"),
    path("directories/<uuid:uuid>/appeal/", directories.appeal, name="directory_appeal"),
    path("directory/", public.index, name="public_directories"),
    path("directory/<int:district>/<int:year>/<slug:name>/", public.document, name="public_document"),
    path("directory/<int:district>/<int:year>/<slug:name>.<str:form>", public.file, name="public_file"),
]
