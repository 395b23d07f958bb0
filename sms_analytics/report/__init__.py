"""Reports for customers: one period of one customer, one send-out or everything, in Norwegian or English, as HTML, PDF and Excel.

    snapshot (what was known) -> data (figures) -> compose (document) -> html, pdf, xlsx

All three show the same document, so they cannot disagree.
"""
