"""The nation's facts: places, codes, rates and invented names (nobody is called Aldwin Quillbrook), kept in small files beside the code."""

from __future__ import annotations

from pathlib import Path

from ground.sql import literal
from worlds.nation.world import World

_TABLES = Path(__file__).parent / "tables"


def load_reference(world: World) -> None:
    """Fill schema `code`: agency, area, unit, list (reference lists with our meaning), movement, rate; and the choices.

    `code.choice(pool, n, choice)` holds weighted choices: one is picked by joining on the pool and `n = chosen(id, name)`.
    Macro `rate(name)` reads a rate.
    """
    con = world.con
    con.execute("create schema code")
    for table in ("agency", "area", "unit", "list", "movement", "choice", "name", "rate"):
        con.execute(f"create table code.{table} as select * from read_csv({literal(_TABLES / f'{table}.csv')}, all_varchar = true, header = true)")
    rates = con.execute("select name, value from code.rate").fetchall()
    con.execute("create macro rate(name) as case name " + " ".join(f"when '{name}' then {value}::double" for name, value in rates) + " end")
    con.execute(
        """
        create table code.weighted as
        select 'movement|' || class as pool, movement_type || '|' || code as choice, cast(weight as integer) as weight from code.movement
        union all select 'prison|' || sex || '|' || area, agency, cast(weight as integer) from code.agency where agency_type = 'INST'
        union all select 'prison|' || sex || '|any', agency, cast(weight as integer) from code.agency where agency_type = 'INST'
        union all select 'area', area, cast(round(2 * cast(weight as double)) as integer) from code.area where kind = 'region'
        union all select 'unit|' || area, unit, 1 from code.unit
        union all select 'crc|' || region, area, 1 from code.area where kind = 'crc'
        union all select pool, choice, 1 from code.name;
        insert into code.weighted select pool, choice, cast(weight as integer) from code.choice;
        -- A thousand places a pool, shared out by weight.
        create or replace table code.choice as
        with shares as (
            select pool, choice, sum(weight) over (partition by pool order by choice) as upto, sum(weight) over (partition by pool) as total, weight from code.weighted
        )
        select pool, choice, cast(unnest(range(cast(1000 * (upto - weight) // total as bigint), cast(1000 * upto // total as bigint))) as integer) as n from shares;
        create table code.no_womens_prison as
        select area from code.area where kind = 'region' and area not in (select area from code.agency where sex = 'F');
        create macro chosen(id, name) as draw_int(id, name, 1000);
        """
    )
