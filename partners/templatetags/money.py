"""Money on pages."""

from django import template

from partners.wording import fen_text, permille_text

register = template.Library()
register.filter("fen", fen_text)
register.filter("permille", permille_text)
