"""A whole portal as one file, and from such a file into another database."""
