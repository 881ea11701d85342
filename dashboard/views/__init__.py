"""One module a page: ask data, call charts, lay out."""

# The pages in the order of the menu: the module, which is the address too, and the title.
PAGES = {
    "region": "My region",
    "compare": "Compare",
    "claims": "Paid and achieved",
    "audit": "Payment audit",
    "casework": "Payment cases",
    "samples": "Samples of claims",
    "due": "Due for release",
    "links": "Who is who",
    "quality": "Data quality",
    "figures": "Figures",
    "definitions": "Definitions",
    "access": "Who may see what",
}
# Those that are lists of people.
LISTS = ("due", "links", "audit", "casework", "samples")
