"""Measurements at national size. Not part of the portal: nothing in the apps imports this."""
