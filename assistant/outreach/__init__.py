"""Campaigns as people work on them: what a page shows of them, and the sending in the background."""
