"""How the providers behave: the shares of their work and of their claims that are not right, and the working days they keep to.

An honest provider does nothing of it, and serves and bills only those people of whom every record says the same. An ordinary one does
each at the share of `tables/slip.csv`, where the rule it should light is named beside it.
"""

from __future__ import annotations

from pathlib import Path

from ground.sql import literal
from worlds.nation.world import World

_TABLES = Path(__file__).parent / "tables"


def set_temperament(world: World) -> None:
    """Make the SQL macros `honest()`, `slip(id, name)`, and those of working days in England and Wales, 2015 to 2027.

    work_on_or_before(d), work_on_or_after(d), work_after(d, n): the n-th working day strictly after d (definition: payment_days).
    """
    con = world.con
    shares = con.execute(f"select name, share from read_csv({literal(_TABLES / 'slip.csv')}, all_varchar = true, header = true)").fetchall()
    listed = " ".join(f"when '{name}' then {0 if world.honest else share}::double" for name, share in shares)
    con.execute(f"create macro honest() as {str(world.honest).lower()}")
    con.execute(f"create macro slip(id, name) as draw(id, 'slip ' || name) < case name {listed} else error('no such slip: ' || name) end")
    con.execute(
        f"""
        create table buy.day as
        select cast(days.day as date) as day, isodow(days.day) < 6 and free.day is null as is_working,
            cast(count(*) filter (where isodow(days.day) < 6 and free.day is null) over (order by days.day) as int) as n
        from range(date '2015-01-01', date '2028-01-01', interval 1 day) as days(day)
        left join read_csv({literal(_TABLES / "bank_holiday.csv")}, header = true, types = {{'day': 'date'}}) as free on free.day = cast(days.day as date);
        set variable work_no = (select list(n order by day) from buy.day);
        set variable work_day = (select list(day order by day) from buy.day where is_working);
        create macro work_no(d) as list_extract(getvariable('work_no'), date_diff('day', date '2015-01-01', d) + 1);
        create macro work_on_or_before(d) as list_extract(getvariable('work_day'), work_no(d));
        create macro work_on_or_after(d) as list_extract(getvariable('work_day'), work_no(d - 1) + 1);
        create macro work_after(d, n) as list_extract(getvariable('work_day'), work_no(d) + n);
        """
    )
