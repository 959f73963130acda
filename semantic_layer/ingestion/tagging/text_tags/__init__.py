"""Labels for free text: by a dictionary that knows negation, and by a classifier whose precision is measured before use."""
