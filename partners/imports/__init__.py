"""The sheets that this app hangs into the workbook of the registry."""

from facilities.imports.sheets import register


def register_sheets() -> None:
    from partners.imports.agreement import AGREEMENTS
    from partners.imports.charity import CHARITY
    from partners.imports.exchange import EXCHANGES, SERVICES
    from partners.imports.fund import PAYMENTS, RECEIPTS
    from partners.imports.operating import OPERATING
    from partners.imports.plan import PLAN_ITEMS
    from partners.imports.project import PROJECTS
    from partners.imports.registry import PAPERS, REGISTRY

    register(
        REGISTRY, PAPERS, PROJECTS, AGREEMENTS, CHARITY, OPERATING, EXCHANGES, SERVICES, RECEIPTS, PAYMENTS, PLAN_ITEMS
    )
