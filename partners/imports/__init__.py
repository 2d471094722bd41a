"""The sheets that this app hangs into the workbook of the registry."""

from facilities.imports.sheets import register


def register_sheets() -> None:
    from partners.imports.charity import CHARITY
    from partners.imports.operating import OPERATING
    from partners.imports.project import PROJECTS

    register(PROJECTS, CHARITY, OPERATING)
