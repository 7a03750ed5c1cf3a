"""Views to documents for paper: PDF that is tagged, carries its own fonts, and is the same bytes every time."""
