"""How a read document is shown to people."""
