"""One module a page: ask data, call charts, lay out."""
