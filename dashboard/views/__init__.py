"""One module a page: ask data, call charts, lay out."""

# The pages in the order of the menu, by section: the module, which is the address too, and the title. The first is at the address alone.
SECTIONS = {
    "": {"start": "Start", "region": "My region", "due": "Due for release"},
    "Payments": {
        "audit": "Payment audit",
        "casework": "Payment cases",
        "samples": "Samples of claims",
        "claims": "Paid and achieved",
    },
    "Figures": {"compare": "Compare", "figures": "Figures", "definitions": "Definitions"},
    "Data": {"quality": "Data quality", "links": "Who is who", "access": "Who may see what"},
}
PAGES = {name: title for section in SECTIONS.values() for name, title in section.items()}
# Those that are lists of people.
LISTS = ("due", "links", "audit", "claims", "casework", "samples")
