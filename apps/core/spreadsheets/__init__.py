"""The one writer of all exports: safe to open, typed cells, any number of rows in flat memory.

columns = [Column("编号", "number"), Column("金额", "total", kind="money")]
write_xlsx(path, columns, rows_by_key(orders, "number", "total"))
"""

from apps.core.spreadsheets.columns import Column, Kind, safe_text
from apps.core.spreadsheets.readers import SheetIsTooLarge, SheetIsUnreadable, SheetRow, read_sheet
from apps.core.spreadsheets.rows import rows_by_key
from apps.core.spreadsheets.writers import SheetIsFull, write_csv, write_xlsx

__all__ = [
    "Column",
    "Kind",
    "SheetIsFull",
    "SheetIsTooLarge",
    "SheetIsUnreadable",
    "SheetRow",
    "read_sheet",
    "rows_by_key",
    "safe_text",
    "write_csv",
    "write_xlsx",
]
