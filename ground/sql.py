"""Values in SQL that takes no parameters, such as the name of a file."""


def literal(value: object) -> str:
    """`value` as a text literal of SQL, quotes included."""
    return "'" + str(value).replace("'", "''") + "'"
