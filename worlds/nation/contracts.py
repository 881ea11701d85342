"""What was agreed: the contracts of both eras, their tasks, prices, service levels and periods.

Areas, owners, commissioned services and their providers are facts (the 21 areas of 2014 to 2021; HMPPS interventions-service).
Which prison belonged to which area is read off the map; every price, threshold and baseline is invented.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from ground.sql import literal
from worlds.nation.levels import report_levels
from worlds.nation.world import World, deliver, load_table

SOURCE = "contracts"
_TABLES = Path(__file__).parent / "tables"
TTG_FROM, TTG_TO, CRS_FROM = "2015-05-01", "2021-06-25", "2021-06-26"
# The day on which the work of one owner passed to another.
HANDED_OVER = "2019-02-15"

# area: name, owner, prisons
AREAS: dict[str, tuple[str, str, str]] = {
    "C01": ("Northumbria", "SODEXO_NACRO", "NLI"),
    "C02": ("Cumbria and Lancashire", "SODEXO_NACRO", "PNI LFI HVI KMI WMI"),
    "C03": ("Durham Tees Valley", "ARCC", "DMI HHI KVI DTI LNI"),
    "C04": ("Humber, Lincolnshire and North Yorkshire", "PURPLE_FUTURES", "HLI HMI LII NSI AGI"),
    "C05": ("West Yorkshire", "PURPLE_FUTURES", "LEI WEI NHI"),
    "C06": ("Merseyside", "PURPLE_FUTURES", "LPI ACI"),
    "C07": ("Cheshire and Greater Manchester", "PURPLE_FUTURES", "MRI FBI RSI HII TCI STI BCI"),
    "C08": ("Derbyshire, Leicestershire, Nottinghamshire and Rutland", "RRP", "NMI LCI RNI SUI SKI FHI"),
    "C09": ("South Yorkshire", "SODEXO_NACRO", "DNI MDI LHI HDI"),
    "C10": ("Wales", "WORKING_LINKS", "CFI SWI PRI BWI UKI UPI"),
    "C11": ("Staffordshire and West Midlands", "RRP", "BMI BSI FSI OWI DGI DHI SNI"),
    "C12": ("Warwickshire and West Mercia", "EOS", "HEI SHI"),
    "C13": ("Bedfordshire, Northamptonshire, Cambridgeshire and Hertfordshire", "SODEXO_NACRO", "BFI PBI PFI ONI MTI"),
    "C14": ("Norfolk and Suffolk", "SODEXO_NACRO", "NWI WLI HPI HBI"),
    "C15": ("Bristol, Gloucestershire, Somerset and Wiltshire", "WORKING_LINKS", "BLI EEI LYI EWI"),
    "C16": ("Thames Valley", "MTCNOVO", "BNI WHI SPI AYI"),
    "C17": ("London", "MTCNOVO", "BXI PVI TSI WSI WWI ISI HOI"),
    "C18": ("Essex", "SODEXO_NACRO", "CDI"),
    "C19": ("Dorset, Devon and Cornwall", "WORKING_LINKS", "EXI CWI DAI GMI PDI"),
    "C20": ("Hampshire and Isle of Wight", "PURPLE_FUTURES", "WCI IWI"),
    # High Down serves two areas: which contract a release belongs to, its supervision decides.
    "C21": ("Kent, Surrey and Sussex", "SEETEC", "EYI EHI LWI RCI FDI ESI BZI SDI DWI HOI"),
}
OWNERS: dict[str, tuple[str, str]] = {  # provider: name, sub-contractors
    "SODEXO_NACRO": ("Sodexo Justice Services with Nacro", "SHELTER ST_GILES_TRUST"),
    "ARCC": ("Achieving Real Change in Communities", "CHANGING_LIVES"),
    "PURPLE_FUTURES": ("Purple Futures (Interserve)", "SHELTER P3"),
    "RRP": ("Reducing Reoffending Partnership", "ST_GILES_TRUST INGEUS_UK_LIMITED"),
    "WORKING_LINKS": ("Working Links", "ST_GILES_TRUST"),
    "EOS": ("EOS (later traded as PeoplePlus)", "WILLOWDENE"),
    "MTCNOVO": ("MTCnovo", "PENROSE CATCH_22_CHARITY_LTD"),
    "SEETEC": ("Seetec", "ST_GILES_TRUST"),
}  # fmt: skip
# Which files a provider's records come in. A provider that is not here sends none.
SENDERS: dict[str, str] = {
    "SODEXO_NACRO": "sodexo_nacro", "ARCC": "arcc", "PURPLE_FUTURES": "purple_futures", "RRP": "rrp", "EOS": "eos",
    "MTCNOVO": "mtcnovo", "SEETEC": "seetec", "SEETEC_BUS_TECH_CTR_LTD": "seetec", "INGEUS_UK_LIMITED": "ingeus",
    "NACRO": "nacro", "CATCH_22_CHARITY_LTD": "catch22", "ST_GILES_WISE_GRP": "st_giles_wise", "ST_GILES_WISE_LTD": "st_giles_wise",
    "THE_FORWARD_TRUST": "forward_trust", "THE_NELSON_TRUST": "nelson_trust",
}  # fmt: skip
# task: name, domain, setting, evidence table, linked to a release, timeliness pays, at most a booking, window (days from release), price
TASKS: dict[str, tuple[str, str, str, str, str, str, int, tuple[int, int] | None, str]] = {
    "T-PLAN": ("Resettlement plan", "planning", "custody", "PLAN", "N", "Y", 1, None, "71.20"),
    "T-REV": ("Pre-release review", "planning", "custody", "PLAN_REVIEW", "N", "N", 1, (-84, 0), "38.45"),
    "T-ACC": ("Accommodation support", "accommodation", "custody", "PLAN_ACTION", "N", "N", 2, (-84, 0), "96.49"),
    "T-ETE": ("Employment brokerage", "employment", "custody", "PLAN_ACTION", "N", "N", 2, (-84, 0), "88.20"),
    "T-FBD": ("Finance, benefit and debt", "finance", "custody", "PLAN_ACTION", "N", "N", 2, (-84, 0), "54.15"),
    "T-PRE": ("Pre-release coordination", "coordination", "custody", "MESSAGE", "Y", "N", 1, (-28, 0), "41.37"),
    "T-MEN": ("Mentoring through the gate, an hour", "mentoring", "community", "CONTACT", "Y", "N", 6, (0, 28), "33.33"),
    "C-ASM": ("Supplier assessment", "assessment", "community", "crs_performance_report-v2-appointments", "N", "N", 1, None, "63.08"),
    "C-PRE": ("Accommodation service before release", "accommodation", "custody", "crs_performance_report-v2-referrals", "Y", "N", 1,
              (-84, 0), "120.08"),
    "C-ACC": ("Accommodation service", "accommodation", "community", "crs_performance_report-v2-referrals", "N", "N", 1, (0, 274), "412.75"),
    "C-ETE": ("Employment service", "employment", "community", "crs_performance_report-v2-referrals", "N", "N", 1, (0, 274), "377.01"),
    "C-FBD": ("Finance service in custody", "finance", "custody", "crs_performance_report-v2-referrals", "N", "N", 1, (-84, 0), "205.99"),
    "C-PWB": ("Personal wellbeing service", "wellbeing", "community", "crs_performance_report-v2-referrals", "N", "N", 1, (0, 274), "298.40"),
    "C-DNR": ("Dependency and recovery service", "dependency and recovery", "community", "crs_performance_report-v2-referrals", "N", "N", 1,
              (0, 274), "265.50"),
    "C-DPR": ("Dependency and recovery before release", "dependency and recovery", "custody", "crs_performance_report-v2-referrals", "Y", "N", 1,
              (-84, 0), "98.70"),
    "C-WOS": ("Women's service", "women", "community", "crs_performance_report-v2-referrals", "N", "N", 1, (0, 274), "331.90"),
}  # fmt: skip
# Dearer from the day on which the fuller service began.
ENHANCED_FROM, ENHANCED = "2019-04-01", {"T-ACC": "108.15", "T-ETE": "97.02", "T-FBD": "61.88", "T-PRE": "46.10"}
# The step that a task of a commissioned service pays for, where it is not the one that its evidence table tells.
MILESTONES = {"C-ASM": "assessment_attended", "C-PRE": "plan_submitted", "C-DPR": "plan_submitted"}
# Signals that a task is paid for: one that hangs on quality.
PAID_FOR = {"C-WOS": "R58"}
LEVELS = {"PLAN5": 90, "REVIEW12W": 85}
# The bands of a price by weighed volume a month, as shares of what a contract of the nation has on average.
BAND_EDGES = (0.7, 1.6)


def agree(world: World) -> None:
    """Make the register as tables of schema `buy`: contract, contract_prison, subcontractor, task, price, rate_card, sentenced_only."""
    con = world.con
    tasks, prices = [], []
    for code, (name, domain, setting, evidence, linked, timely, most, window, price) in TASKS.items():
        since, until = (TTG_FROM, TTG_TO) if code.startswith("T-") else (CRS_FROM, None)
        first, last = window or (None, None)
        terms = [(since, until, name, price)]
        if code in ENHANCED:
            terms = [(since, "2019-03-31", name, price), (ENHANCED_FROM, until, f"{name}, enhanced", ENHANCED[code])]
        for from_date, to_date, called, fee in terms:
            tasks.append((code, from_date, called, domain, setting, evidence, linked, timely, most, "release" if window else None, first, last,
                          45, to_date, PAID_FOR.get(code), MILESTONES.get(code)))  # fmt: skip
            prices.append((code, from_date, to_date, Decimal(fee)))
    load_table(world, "buy.task", "task_code varchar, from_date date, task_name varchar, domain varchar, setting varchar, evidence_table varchar, "
               "is_release_linked varchar, timeliness_pays varchar, max_per_booking int, window_anchor varchar, window_from_days int, "
               "window_to_days int, standard_minutes int, to_date date, paid_for_rules varchar, milestone varchar", tasks)  # fmt: skip
    load_table(world, "buy.price", "task_code varchar, from_date date, to_date date, price decimal(18,2)", prices)
    contracts, prisons, subs = [], [], []
    for area, (_, owner, held) in AREAS.items():
        held_by = [(f"TTG-{area}", owner, TTG_FROM, TTG_TO)]
        if owner == "WORKING_LINKS":
            held_by = [(f"TTG-{area}-1", owner, TTG_FROM, "2019-02-14"), (f"TTG-{area}-2", "SEETEC", HANDED_OVER, TTG_TO)]
        for contract, provider, begins, ends in held_by:
            contracts.append((contract, "ttg", provider, OWNERS[provider][0], "cpa", area, begins, ends))
            prisons += [(contract, prison, begins, ends) for prison in held.split()]
            # One sub-contractor is replaced on the way (the inspection of 2016 found it often).
            for n, sub in enumerate(OWNERS[provider][1].split()):
                subs.append((contract, sub, begins if n == 0 else max(begins, "2018-06-01"), ends))
    load_table(world, "buy.contract", "contract_id varchar, contract_type varchar, provider_code varchar, provider_name varchar, area_kind varchar, "
               "area_code varchar, from_date date, to_date date", contracts)  # fmt: skip
    load_table(world, "buy.contract_prison", "contract_id varchar, prison_code varchar, from_date date, to_date date", prisons)
    load_table(world, "buy.subcontractor", "contract_id varchar, sub_code varchar, from_date date, to_date date", subs)
    load_table(world, "buy.sender", "provider_code varchar, sender varchar", list(SENDERS.items()))
    con.execute(f"""
        create table buy.crs as
        select contract_id, crs_type, region, pcc, provider_code, provider_name, sub_codes, women, men,
            cast(from_date as date) as from_date, cast(nullif(to_date, '') as date) as to_date, title,
            case when crs_type in ('WOS', 'WSM') then 'WOS' else split_part(crs_type, '-', 1) end as kind
        from read_csv({literal(_TABLES / "crs_contract.csv")}, all_varchar = true, nullstr = '\\N')
        -- The list has a few in two spellings, which are one reference.
        qualify row_number() over (partition by upper(contract_id) order by contract_id) = 1;
        create table buy.pcc as select pcc, region from read_csv({literal(_TABLES / "pcc_area.csv")}, all_varchar = true);
        insert into buy.contract
        select contract_id, 'crs', provider_code, provider_name, case when region <> '' then 'probation_region' else 'pcc' end,
            coalesce(nullif(region, ''), pcc), from_date, to_date
        from buy.crs where from_date <= date '{world.last_day}';
        insert into buy.subcontractor
        select contract_id, unnest(string_split(sub_codes, '|')), from_date, to_date
        from buy.crs where sub_codes <> '' and from_date <= date '{world.last_day}';
        -- What a piece of work counts for in the volume of a month: by its task, else its domain, else as the standard (definition: payment_volume).
        create table buy.weight as
        select * from (values ('ttg', 'standard', 1.0), ('ttg', 'T-REV', 0.5), ('ttg', 'mentoring', 0.25), ('crs', 'standard', 1.0), ('crs', 'assessment', 0.4))
            as listed(contract_type, weight_group, weight);
        create table buy.sentenced_only as select contract_id from buy.contract where contract_type = 'ttg' and draw(contract_id, 'sentenced only') < 0.3;
        -- A band begins where a busy month does; how busy that is, the size of the nation says.
        create table buy.band as
        select contract_type, band, cast(case band when 1 then 0 when 2 then first_edge else second_edge end as int) as band_low,
            cast(case band when 1 then first_edge - 1 when 2 then second_edge - 1 end as int) as band_high
        from (
            select contract_type, greatest(2, cast(usual * {BAND_EDGES[0]} as int)) as first_edge, greatest(4, cast(usual * {BAND_EDGES[1]} as int)) as second_edge
            from (values ('ttg', {world.releases} / 700.0), ('crs', {world.releases} / 4000.0)) as usual(contract_type, usual)
        ) cross join range(1, 4) as bands(band);
        -- Each contract has its own price: some pennies above or below the list.
        create table buy.rate_card as
        select contract.contract_id, price.task_code, band.band_low, greatest(contract.from_date, price.from_date) as from_date, band.band_high,
            cast(round(price.price * (0.94 + 0.12 * draw(contract.contract_id, 'rate ' || price.task_code)) * kind.share, 2) as decimal(18, 2)) as rate,
            least(coalesce(contract.to_date, price.to_date), coalesce(price.to_date, contract.to_date)) as to_date
        from buy.contract as contract
        inner join buy.price as price
            on (contract.contract_type = 'ttg') = (price.task_code like 'T-%')
            and price.from_date <= coalesce(contract.to_date, date '9999-12-31') and contract.from_date <= coalesce(price.to_date, date '9999-12-31')
        cross join (values (1, 1.0), (2, 0.92), (3, 0.85)) as kind(band, share)
        inner join buy.band as band on band.contract_type = contract.contract_type and band.band = kind.band
        left join buy.crs as crs on crs.contract_id = contract.contract_id
        where crs.contract_id is null or price.task_code in ('C-ASM', 'C-' || crs.kind)
            or (crs.kind = 'ACC' and price.task_code = 'C-PRE') or (crs.kind = 'DNR' and price.task_code = 'C-DPR') or (crs.kind not in ('ACC', 'ETE', 'FBD', 'PWB', 'DNR', 'WOS') and price.task_code = 'C-PWB');
    """)  # fmt: skip


def open_periods(world: World) -> None:
    """Make buy.month and buy.period: the months of each contract whose provider sends records, and when each closes."""
    world.con.execute(f"""
        create table buy.month as
        select cast(day as date) as first, cast(day + interval 1 month as date) - 1 as last, strftime(day, '%Y-%m') as period
        from range(date '2019-01-01', date '{world.last_day}' + 1, interval 1 month) as months(day);
        create table buy.period as
        select contract.contract_id, month.period, month.first, month.last, month.last + interval '14 days 17 hours' as closes_ts
        from buy.contract as contract
        inner join buy.month as month
            on month.last >= contract.from_date and month.first <= coalesce(contract.to_date, date '9999-12-31')
        inner join buy.sender as sender on sender.provider_code = contract.provider_code
    """)


def write_register(world: World) -> None:
    """Deliver what was agreed. Everything was agreed before the first delivery, except the periods' reports and credits."""
    con = world.con
    once = {"CONTRACT": ("buy.contract", "contract_id"), "CONTRACT_PRISON": ("buy.contract_prison", "contract_id, prison_code, from_date"),
            "SUBCONTRACTOR": ("buy.subcontractor", "contract_id, sub_code, from_date"), "TASK": ("buy.task", "task_code, from_date"),
            "RATE_CARD": ("buy.rate_card", "contract_id, task_code, band_low, from_date")}  # fmt: skip
    for table, (made, order) in once.items():
        deliver(world, SOURCE, table, f"select * from {made}", recorded=None, order=order)
    deliver(world, SOURCE, "PERIOD", "select contract_id, period, first as start_date, last as end_date, closes_ts, first as _recorded_at from buy.period",
            order="contract_id, period")  # fmt: skip
    levels = " union all ".join(f"select contract_id, '{code}' as code, from_date, {least} as threshold, cast(12.50 as decimal(18,2)) as "
                                f"credit_per_point, cast(500 as decimal(18,2)) as credit_cap, to_date from buy.contract where contract_type = 'ttg'"
                                for code, least in LEVELS.items())  # fmt: skip
    con.execute(f"create table buy.level as {levels}")
    deliver(world, SOURCE, "SERVICE_LEVEL", "select * from buy.level", recorded=None, order="contract_id, code")
    report_levels(world)
    deliver(world, SOURCE, "SERVICE_LEVEL_REPORT", "select contract_id, code, period, reported_value, _recorded_at from buy.level_report",
            recorded=None, order="contract_id, code, period")  # fmt: skip
    deliver(world, SOURCE, "CREDIT_LINE", "select contract_id, period, code, -credit as amount from buy.level_report where credit > 0",
            recorded=None, order="contract_id, period, code")  # fmt: skip
    deliver(world, SOURCE, "ELIGIBILITY", """
        select contract_id, rule, from_date, value, to_date
        from buy.contract
        cross join (values ('minimum_age', '18'), ('case_type', 'any'), ('sex', 'any')) as rules(rule, value)
        where rule <> 'case_type' or contract_id not in (select contract_id from buy.sentenced_only)
        union all
        select sentenced_only.contract_id, 'case_type', contract.from_date, 'sentenced', contract.to_date
        from buy.sentenced_only as sentenced_only inner join buy.contract as contract on contract.contract_id = sentenced_only.contract_id""",
            recorded=None, order="contract_id, rule")  # fmt: skip
    deliver(world, SOURCE, "VOLUME_BASELINE", """
        select period.contract_id, period.period, 40 + draw_int(period.contract_id, 'baseline ' || weight_group, 160) as baseline, weight_group, weight, period.first as _recorded_at
        from buy.period as period
        inner join buy.contract as contract on contract.contract_id = period.contract_id
        inner join buy.weight as weights on weights.contract_type = contract.contract_type""", order="contract_id, period, weight_group")  # fmt: skip
    deliver(world, SOURCE, "PBR_RESULT", """
        select cohort, measure, result, baseline, result - width as lower, result + width as upper, is_final
        -- Those of 2019 are what other/REOFFENDING gives.
        from (values ('2016-Q1', 'binary', 41.2, 43.0, 1.6, 'Y'), ('2016-Q2', 'binary', 43.9, 43.0, 1.6, 'Y'), ('2017-Q3', 'binary', 39.8, 42.1, 1.6, 'Y'),
            ('2019-Q3', 'binary', 47.7, 49.9, 1.6, 'Y'), ('2019-Q4', 'binary', 47.7, 47.6, 1.6, 'N'), ('2019-Q3', 'frequency', 1.96, 2.1, 0.08, 'Y'),
            ('2019-Q4', 'frequency', 1.96, 1.95, 0.08, 'N')) as results(cohort, measure, result, baseline, width, is_final)""", recorded=None, order="cohort, measure")  # fmt: skip
