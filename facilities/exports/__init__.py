"""Out by Excel: a list as a workbook without live formulas."""

from facilities.exports.workbook import Column, response, workbook

__all__ = ["Column", "response", "workbook"]
