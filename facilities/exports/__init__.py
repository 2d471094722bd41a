"""Out by Excel: a list as a workbook without live formulas."""

from facilities.exports.workbook import Column, TooLong, response, response_or_reason, workbook

__all__ = ["Column", "TooLong", "response", "response_or_reason", "workbook"]
