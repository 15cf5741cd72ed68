"""The report of an export: one page for a browser, and figures for papers.

:mod:`.data` holds what is known of an export as plain values; :mod:`.page` and :mod:`.figures` show it.
Collecting the values needs the compiled graph, and is done by :mod:`hetorch_heir.export.report_data`.
"""
