"""The one web server: signing in, the guards before every door, and the process that serves them. What is behind a door is
built in its own room.
"""
