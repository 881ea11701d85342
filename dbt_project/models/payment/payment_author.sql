-- Every record of work that an author wrote, claimed or not.
select
    'PLAN' as kind,
    _source as source,
    {{ reference('author_ref') }} as author_ref,
    cast(completed_ts as date) as done_on
from {{ ref('stg_provider__plan') }}
where _known_to > cast('9999-12-30' as timestamp) and completed_ts is not null
union all
select
    'PLAN_REVIEW' as kind,
    _source as source,
    {{ reference('author_ref') }} as author_ref,
    cast(review_ts as date) as done_on
from {{ ref('stg_provider__plan_review') }}
where _known_to > cast('9999-12-30' as timestamp) and review_ts is not null
union all
select
    'CONTACT' as kind,
    _source as source,
    {{ reference('author_ref') }} as author_ref,
    cast(contact_ts as date) as done_on
from {{ ref('stg_provider__contact') }}
where _known_to > cast('9999-12-30' as timestamp) and contact_ts is not null and attended = 'Y'
