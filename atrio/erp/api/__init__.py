"""A program's door: REST over the document types, generated from what they say of themselves; see docs/api.md."""
