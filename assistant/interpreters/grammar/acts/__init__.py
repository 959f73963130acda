"""Questions about what follows from an answer: segments over time, models, campaigns, what they achieved, and boards.

What asks for it is taken out of the question, and what is left is read as people, a campaign or a question of its own.
"""
