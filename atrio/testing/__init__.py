"""The small world that every test knows, and how it is made."""
