"""Publish a book: `publication` for a workspace, `pandoc` for the embedded engine, `quarto`."""
