"""Rows for spreadsheets, programs and the terminal. Dates are ISO; free text cannot become a spreadsheet's formula."""
