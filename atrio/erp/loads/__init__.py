"""Loading foreign exports: a file of any shape plus a mapping gives checked rows of one document type."""
