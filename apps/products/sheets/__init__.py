"""Spreadsheets of the catalogue: columns, what is wrong with a cell, and in whose words."""

from apps.products.sheets.columns import COLUMNS, Column, Kind, Parsed, Sheet, read_header
from apps.products.sheets.problems import Code, Problem, sentence

__all__ = [
    "COLUMNS",
    "Code",
    "Column",
    "Kind",
    "Parsed",
    "Problem",
    "Sheet",
    "read_header",
    "sentence",
]
