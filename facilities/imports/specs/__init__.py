"""The sheets of this app, in the order in which they are saved."""

from facilities.imports.sheets import register
from facilities.imports.specs.facility import FACILITIES
from facilities.imports.specs.offer import FUNCTIONS, OPERATORS
from facilities.imports.specs.place import SITES, SPACES
from facilities.imports.specs.public import NOTICES, SERVICES
from facilities.imports.specs.state import STATES


def register_sheets() -> None:
    register(FACILITIES, STATES, SITES, SPACES, FUNCTIONS, OPERATORS, NOTICES, SERVICES)
