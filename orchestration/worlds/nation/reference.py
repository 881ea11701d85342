"""The nation's facts: places, codes rates and invented names, kept in small files beside the code."""

from __future__ import annotations

from pathlib import Path

from orchestration.worlds.nation.world import World, load_table

_TABLES = Path(__file__).parent / "tables"

# Invented on purpose: nobody is called Aldwin Quillbrook.
_MEN = "Aldwin Bramwell Corvin Dunstan Edric Fennick Garrick Hollin Ivor Jasker Kelvar Lorcan Merrick Norwin Osric Perrin Quillon Rowan Stellan Thorold Ulric Varden Wystan Yarrow Zeben Albin Brandir Caspen Dorrin Eskil"
_WOMEN = "Ambrel Brielle Cordela Damsel Elowyn Fenella Ginevra Hesper Isolde Jessamy Keziah Linnet Merewen Nerys Ottoline Perdita Quenna Rosamund Sunniva Tamsin Ursel Verity Wilfreda Ysolde Zenna Avelin Blythe Carys Delphin Esmer"
_STARTS = "Ash Bracken Cinder Dray Elder Farrow Gorse Harrow Ivel Jarrow Kestrel Lark Marsh Nettle Otter Pebble Quill Rushen Sorrel Thorn Umber Vetch Willow Yarn Zeal Amber Birch Copper Dapple Fallow Garnet Hazel Indigo Linden Moss Nimble Oaken Plover Raven Tallow"
_ENDS = "brook ford wick stead mere holt ley thorpe dale combe worth by ham croft field gate hurst low mont nock pool ridge shaw toft vale well yard bourne cliff den"


def load_reference(world: World) -> None:
    """Fill schema `code`: agency, area, unit, list (reference lists with our meaning), movement, rate; and the choices.

    `code.choice(pool, n, choice)` holds weighted choices: one is picked by joining on the pool and `n = chosen(id, name)`.
    Macro `rate(name)` reads a rate.
    """
    con = world.con
    con.execute("create schema code")
    for table in ("agency", "area", "unit", "list", "movement", "choice", "rate"):
        con.execute(f"create table code.{table} as select * from read_csv('{_TABLES / table}.csv', all_varchar = true, header = true)")
    rates = con.execute("select name, value from code.rate").fetchall()
    con.execute("create macro rate(name) as case name " + " ".join(f"when '{name}' then {value}::double" for name, value in rates) + " end")
    names = (("name|M", _MEN), ("name|F", _WOMEN), ("surname", _STARTS), ("surname ending", _ENDS))
    named = [(pool, name) for pool, words in names for name in words.split()]
    load_table(world, "code.named", "pool varchar, choice varchar", named)
    con.execute(
        """
        create table code.weighted as
        select 'movement|' || class as pool, movement_type || '|' || code as choice, cast(weight as integer) as weight from code.movement
        union all select 'prison|' || sex || '|' || area, agency, cast(weight as integer) from code.agency where agency_type = 'INST'
        union all select 'prison|' || sex || '|any', agency, cast(weight as integer) from code.agency where agency_type = 'INST'
        union all select 'area', area, cast(round(2 * cast(weight as double)) as integer) from code.area where kind = 'region'
        union all select 'unit|' || area, unit, 1 from code.unit
        union all select 'crc|' || region, area, 1 from code.area where kind = 'crc'
        union all select pool, choice, 1 from code.named;
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
