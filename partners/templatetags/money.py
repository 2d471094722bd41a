"""Money on pages."""

from django import template

from partners.wording import fen_text, permille_text, wan_text

register = template.Library()
register.filter("fen", fen_text)
register.filter("wan", wan_text)
register.filter("permille", permille_text)
