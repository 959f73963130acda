"""Boards as people use them: computed for whoever looks, passed on, talked about, and sent."""
