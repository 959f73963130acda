"""Boards: answers that are kept, refreshed, shared and sent."""
