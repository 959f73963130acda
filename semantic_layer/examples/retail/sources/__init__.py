"""The five systems of the demo company and its marketing history, written as each system would export them."""
