import os
from collections import Counter

from tests.truth.payment.comparing import differences, found_in, known_of_people, told_by_the_truth
from tests.truth.test_withheld import *
from tests.truth.test_withheld import files_without, second_writing

for _n in [n for n in dict(globals()) if n.startswith("test_")]: del globals()[_n]
def test_zz(audit, landing):
    only=os.environ.get("ONLY","").split(",") if os.environ.get("ONLY") else sorted(NEEDED)
    with open("/tmp/s26/beside.txt","a") as out:
        for table in only:
            with without(audit.con, audit.models, table), files_without(landing, table):
                who = audit.con.execute("select source, source_key, person_id from linkage.person_link").fetchall()
                found = found_in(audit.con, lambda name: f"marts.{name}")
                known = known_of_people(audit.con, lambda name: f"marts.{name}", landing)
                true = told_by_the_truth(second_writing(landing, AS_OF, who, **known))
            d = differences(found, true)
            c = Counter((x.table, x.rule, str(x.found[:2]) if isinstance(x.found,tuple) else str(x.found)[:30], str(x.true[:2]) if isinstance(x.true,tuple) else str(x.true)[:30]) for x in d if x.table in ("claim_test","contract_test"))
            ex = {}
            for x in d:
                if x.table in ("claim_test","contract_test"): ex.setdefault((x.rule, str(x.found), str(x.true)), []).append(x.key)
            print("##", table, len(d), file=out)
            for k,n in c.most_common(25): print("   ",n,k, file=out)
            for k,v in list(ex.items())[:14]: print("      e.g.",k,v[:3],len(v), file=out)
            out.flush()
