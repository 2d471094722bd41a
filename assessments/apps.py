from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "测算与评估"

    def ready(self):
        from assessments.exports.checks import FINDINGS, ROUNDS
        from assessments.exports.evaluations import EVALUATIONS, FLAGS
        from assessments.queries import plan_tiers
        from assessments.queries.packs import photos_kept
        from facilities.uploads.store import keeps_files
        from tenants.exports import provides_export

        plan_tiers.join_in()
        keeps_files(photos_kept)
        for kind in (EVALUATIONS, FLAGS, FINDINGS, ROUNDS):
            provides_export(kind)
