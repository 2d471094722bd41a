from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "测算与评估"

    def ready(self):
        from assessments.queries.packs import photos_kept
        from facilities.uploads.store import keeps_files

        keeps_files(photos_kept)
