"""Models of customers, each with a card: what it was made from, how good it is, and when it refuses."""
