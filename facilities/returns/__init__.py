"""The quarterly return (季度填报): what is registered carried in, only changes entered, written when the district accepts.

    opening → drafts (cells) → checking (the import's check) → flow (submit, check, return, accept) → imports.writing

A return holds row changes in the shape of the Excel import (sheet, row, cells as text). So its check is the import's check, its
differences are the import's, acceptance writes with the import's writers, and a workbook is the same rows on paper. `shelves`
is where apps above add their sheets (docs/decisions/quarterly-return.md).
"""
