"""Extracts: tables of controlled figures that leave the house (definition: extract_grid).

    tables.yml    the standing tables
    selection     what is asked for: a standing table, or measures, periods and places of the grid
    printed       the rows as they are printed, whatever the format
    passport      what an extract says about itself
    formats       CSV, Parquet, XLSX, ODS and JSON, written and read
    shelf         what lies where under published/extracts; permalinks; the register
    extract       make one and hand it out, and the standing tables of an edition
    verify        hold a file against the edition it names
"""
