"""Hands without a mouse: everything is reached with Tab, and what is typed goes where the focus is."""

from datetime import date

from playwright.sync_api import Locator, Page, expect

_ORDERS = ("%m%d%Y", "%d%m%Y", "%Y>%m%d")  # how a date field takes its parts; > goes on to the next one


def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Press Tab until an element that matches has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def reach(page: Page, target: Locator, limit: int = 200) -> None:
    """Press Tab until this very element has the focus."""
    expect(target).to_be_attached()
    for _ in range(limit):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached with the Tab key")


def press(page: Page, role, name: str) -> None:
    """Reach a button or link by its name and press Enter on it."""
    reach(page, page.get_by_role(role, name=name, exact=True).first)
    page.keyboard.press("Enter")


def follow(page: Page, role, name: str, heading: str) -> None:
    """Press what leads to another page, and wait until that page stands with its scripts."""
    press(page, role, name)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state()


def _field(page: Page, label: str) -> Locator:
    return page.get_by_role("main").get_by_label(label).and_(page.locator("input, select, textarea")).first


def write(page: Page, label: str, text: str) -> None:
    """Type into the field of a label, over what it held."""
    field = _field(page, label)
    reach(page, field)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)
    expect(field).to_have_value(text)


def choose(page: Page, label: str, value: str) -> None:
    """Go down a list of choices until the wanted one is chosen."""
    field = _field(page, label)
    reach(page, field)
    for _ in range(field.locator("option").count()):
        if field.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    expect(field).to_have_value(value)


def write_day(page: Page, label: str, day: date) -> None:
    """Type a day as the browser's language asks for it."""
    field = _field(page, label)
    for order in _ORDERS:
        reach(page, field)
        for part in day.strftime(order):
            page.keyboard.press("ArrowRight" if part == ">" else part)
        if field.input_value() == day.isoformat():
            return
        page.keyboard.press("Shift+Tab")  # leave it, and begin at its first part again
    expect(field).to_have_value(day.isoformat())
