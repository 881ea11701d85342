"""Start: three doors, for a regional director, a contract manager and an analyst, each with what this edition finds."""

from dashboard.parts import data, filters, page


def show() -> None:
    """Lay out the page for the current edition."""
    data.current_edition()
    filters.say_fallbacks()
    page.headline("Gatehouse", "What became of people after they left prison, and of what was paid for it.")


show()
