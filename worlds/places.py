"""Real prisons, regions and delivery units that the invented people pass through (prison register; HMPPS approved premises API)."""

from __future__ import annotations

# Region: prisons for men, prisons for women, (PDU code, PDU name) pairs, the 2015-2021 contract package area.
REGIONS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...], str]] = {
    "N03": ("Wales", ("CFI", "SWI", "BWI"), ("EWI",), (("N03SW1", "Cardiff and the Vale of Glamorgan"), ("N03SNT", "Swansea, Neath Port Talbot")), "C10"),
    "N07": ("London", ("WWI", "PVI", "TSI"), ("BZI",), (("LDNLAW", "Lambeth"), ("N07CROY", "Croydon"), ("N07NEWM", "Newham")), "C17"),
    "N50": ("Greater Manchester", ("MRI", "FBI"), ("STI",), (("N50MANC", "Manchester North"), ("N50BOLT", "Bolton")), "C07"),
    "N51": ("North West", ("LPI", "PNI"), ("STI",), (("N51CUMB", "Cumbria"), ("N51CTRL", "Central Lancashire")), "C02"),
    "N52": ("West Midlands", ("BMI", "HEI"), ("DHI",), (("N52CSW", "Coventry"), ("N52WARW", "Warwickshire")), "C11"),
    "N53": ("East Midlands", ("NMI", "LCI"), ("FHI",), (("N53DRBY", "Derby City"), ("N53NOTS", "Nottinghamshire")), "C08"),
    "N54": ("North East", ("DMI", "HHI"), ("LNI",), (("N54DUR", "County Durham and Darlington"), ("N54SUND", "Sunderland")), "C01"),
    "N55": ("Yorkshire & The Humber", ("LEI", "HLI"), ("NHI",), (("N55LEE", "Leeds"), ("N55SHF", "Sheffield")), "C05"),
    "N56": ("East of England", ("BFI", "NWI"), ("PFI",), (("N56NOSU", "Norfolk"), ("N56SUFF", "Suffolk")), "C14"),
    "N57": ("Kent, Surrey & Sussex", ("EYI", "LWI"), ("SDI",), (("N57SUR", "Surrey"), ("N57WSUS", "West Sussex")), "C21"),
    "N58": ("South West", ("BLI", "EXI"), ("EWI",), (("N58DEV", "Devon and Torbay"), ("N58SOM", "Somerset")), "C15"),
    "N59": ("South Central", ("WCI", "BNI"), ("BZI",), (("N59OXFS", "Oxfordshire"), ("N59WESB", "West Berkshire (Reading, Wokingham & West Berkshire)")), "C16"),
}

PRISONS: dict[str, str] = {
    "CFI": "Cardiff (HMP & YOI)", "SWI": "Swansea (HMP & YOI)", "BWI": "Berwyn (HMP & YOI)", "EWI": "Eastwood Park (HMP & YOI)",
    "WWI": "Wandsworth (HMP & YOI)", "PVI": "Pentonville (HMP & YOI)", "TSI": "Thameside (HMP & YOI)", "BZI": "Bronzefield (HMP & YOI)",
    "MRI": "Manchester (HMP & YOI)", "FBI": "Forest Bank (HMP & YOI)", "STI": "Styal (HMP & YOI)", "LPI": "Liverpool (HMP)",
    "PNI": "Preston (HMP & YOI)", "BMI": "Birmingham (HMP)", "HEI": "Hewell (HMP)", "DHI": "Drake Hall (HMP & YOI)",
    "NMI": "Nottingham (HMP & YOI)", "LCI": "Leicester (HMP)", "FHI": "Foston Hall (HMP & YOI)", "DMI": "Durham (HMP & YOI)",
    "HHI": "Holme House (HMP & YOI)", "LNI": "Low Newton (HMP & YOI)", "LEI": "Leeds (HMP)", "HLI": "Hull (HMP & YOI)",
    "NHI": "New Hall (HMP & YOI)", "BFI": "Bedford (HMP & YOI)", "NWI": "Norwich (HMP & YOI)", "PFI": "Peterborough Female (HMP & YOI)",
    "EYI": "Elmley (HMP & YOI)", "LWI": "Lewes (HMP & YOI)", "SDI": "Send (HMP)", "BLI": "Bristol (HMP & YOI)",
    "EXI": "Exeter (HMP & YOI)", "WCI": "Winchester (HMP & YOI)", "BNI": "Bullingdon (HMP & YOI)",
}

OTHER_AGENCIES: tuple[tuple[str, str, str], ...] = (
    ("OUT", "Outside", "OUT"),
    ("TRN", "In Transit", "TRN"),
    ("DVI", "Dover Immigration Removal Centre", "IMDC"),
    ("INVHSP", "Invented Secure Hospital", "HSHOSP"),
    ("INVCRT", "Invented Crown Court", "CRT"),
)


def prison_of(region: str, is_woman: bool, turn: int) -> str:
    """A prison that releases to the region."""
    _, men, women, *_ = REGIONS[region]
    prisons = women if is_woman else men
    return prisons[turn % len(prisons)]


def pdu_of(region: str, turn: int) -> str:
    """The code of a delivery unit of the region."""
    return REGIONS[region][3][turn % len(REGIONS[region][3])][0]
