"""Out by Excel: a list as a workbook without live formulas."""

from facilities.exports.workbook import Column, TooLong, is_too_long, response, response_or_reason, workbook

__all__ = ["Column", "TooLong", "is_too_long", "response", "response_or_reason", "workbook"]
