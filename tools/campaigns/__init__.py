"""Campaigns: what is planned for whom, checked, approved and sent; who is left out and why."""
