"""The payment rules written a second time, from their definition alone, to hold the product to.

`audit` reads a landing folder and tells every result of every rule, now and as it was known when a claim was made, the pounds, and the
account; `cases` are tiny worlds of each rule with what must come of them; `comparing` sets the product beside all this. Where the text leaves
a choice, READINGS says what was chosen.
"""

from tests.truth.payment.audit import audit

READINGS = (
    # What holds for every rule
    ("reversed", "A claim is fully reversed only where something reverses it: an amount below 0 alone leaves it tested, for R43."),
    ("refused", "No payment means no payment row or share at all; a rejected claim that was paid and paid back is tested."),
    ("b", "The claimed booking, and so b, is a link: as of today in both views. Of two stays on the day the later gives b."),
    ("reads e", "A rule that reads the source row says no_source_row wherever its evidence table is asked for, also where its further condition is one of that row."),
    ("applies first", "A condition of column 2 that needs no person is looked at before not_linked."),
    ("flag", "A leg that fails by a row that is there fails whatever else is not complete (R25, R26, R32, R62); a pass needs complete tables."),
    ("provider tables", "To D(submitted_ts); where the rule names a day itself (R28), the sender's table reaches that day too."),
    ("then: due", "In the view of then no table is complete beyond the day of submission."),
    ("then: doubtful", "A row dated later only by an update or a delivery is seen once with and once without; where the result differs it is no_version."),
    ("then: claims", "A claim is known from its submission; which claims are tested is as of today in both views."),
    ("then: paid", "Paid then is what was paid by the day of submission: R48 and R70 seldom apply then. R48 holds the version of the submission to itself then."),
    ("then: scope", "Licence, the end of supervision, recalls and so who is in scope are told as of today in both views; a day that was not due then is not_due first."),
    ("then: r", "A release is known then if its day is not after the submission and its movement was written down."),
    ("then: timeless", "R01, R02, R06, R38, R39, R41 to R45 rest on agreements, the claim and links: the same in both views."),
    ("a pass", "Needs every table that the rule's words name, also where one of them alone would do: both tables of homes (R58, R65, R66), of plans of release (R12), of needs "
               "(R25, R26; R33 where none is known), of an author's work (R50, R52), and all that recall is told from (R70). R54 needs a table of credits."),
    ("applies first, then tables", "Where what is delivered tells that a rule does not apply, no table is missed."),
    ("never written", "A column in which nobody ever wrote is not delivered; R17's and R31's of a sender, others of anybody."),
    ("not tested", "A claim that is not tested has no pounds at risk: empty, not 0."),
    # Person, place, time
    ("R02", "Several persons are counted over all numbers together; an unlinked prison or probation record counts as somebody."),
    ("R03", "Identity tables need only be delivered, sentences only where case_type asks. Age and sex by the booking's own row, then probation. Without b a sentence "
            "cannot be looked up: value_missing. A condition that no list knows is value_missing."),
    ("spell", "Until the arrival in another prison or the exit; a night on the way belongs to the prison left. Movements of all bookings of a person in one row."),
    ("R08", "No release yet is not_due, for the day tested is not reached."),
    ("R10", "An exit lies before the day of the work, not the moment; a date of death before a later release is ignored."),
    ("R11", "Community tasks only, commissioned services too: sessions in prison are held in prison. For those in the order of the text."),
    ("R12", "The release is the claim's, where it is of b; without one the rule does not apply."),
    # Plans, reviews, actions
    ("R15", "A screening before the calendar of bank holidays begins has no due day."),
    ("R16", "Admission is the booking's first."),
    ("R17", "The first release or transfer after the screening."),
    ("R22", "A plan without text and no equal review is value_missing."),
    ("R24", "A window of 90 days counts both ends: 89 days between the first and the last. A review's person is its plan's."),
    ("R25", "No fixed abode is a home in force, on the day of the work, of a homeless class; a flag beside a housed type is none."),
    ("R26", "Where nothing but a home is known of needs, what is met is value_missing and what is bare fails. A code of no list is value_missing unless another need is bare."),
    ("R27, R28, R29, R53", "A status that no list knows is value_missing."),
    ("R31 to R33", "No release yet is not_due."),
    ("R33", "A flag of a full assessment and a home have no recorded_ts: where none of need and actions has a day, value_missing."),
    # Duplicates and controls
    ("R34 to R37", "Among tested claims. R35's day is that of the claim tested. A claim that fails R34 to R36 is not counted and passes R37. A commissioned claim without a "
                   "reference is counted with the person's others without one."),
    ("R40", "An undated source row is value_missing; a missing one counts as none."),
    ("R41", "Without a quantity all of net is at risk."),
    ("R42", "Rows with the same band_low share a rank: two of them are not exactly one. A band that is no number is none."),
    ("R48", "Deleted or closed on or after the first payment; closed before it there is no source row."),
    ("R50, R52", "Source rows of the sender that delivers them, claimed or not; the year is named by its April."),
    ("R51", "Days of the period and of the contract; tested claims on its working days."),
    ("R53", "The weight of a piece of work is that of its task, else its domain, else the group `standard`, else 1. No card row, or no band for the volume, is no_term."),
    ("R54, R55", "Of two stays on the due day the later counts, then the one contract of its prison. A plan counts for REVIEW12W where it was made by the release. Where "
                 "nothing was planned at the review, the window is that of the release."),
    # Commissioned services, results, outcomes
    ("R57", "No count and appointments without a session is none, and fails."),
    ("R58", "Whether an outcome was achieved is looked at before the person. A home on either day is a pass, whatever is known of the other; a stay out of scope is no known home."),
    ("R60", "Complexity is looked up by the claim's reference; no row is value_missing."),
    ("R61", "A referral that was cancelled without a session counts on neither side."),
    ("R63", "The quarter is the period, what follows / the contract, two distinct cohorts are two; without the payment's column what does not fail is no_column."),
    ("R65 to R70", "Custody and no release yet is not_due; in the community the rule does not apply. R68 out of scope passes."),
    # The account
    ("account", "credits_due is what was given and what R54 omits. How many rows a sum is made of is not compared. Work never claimed is counted by evidence tables that a "
                "task names, a referral once for its assessment and once for its fee."),
)  # fmt: skip

__all__ = ["READINGS", "audit"]
