"""What data owners do: sources and their quality, the people behind the records, and work that goes on by itself."""
