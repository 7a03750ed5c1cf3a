"""The Schedule in the words and formatted dates of one language: everything a document needs, finished.

Whatever is shown anywhere is worded here, so that a calendar, a sheet and a page never tell two stories.
"""
