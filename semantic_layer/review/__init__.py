"""Definitions reviewed as a product: held against the data (`check`), and against an earlier state of them (`diff`)."""
