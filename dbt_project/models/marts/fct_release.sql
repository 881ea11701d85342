select
    release.release_id,
    release.person_id,
    release.release_date,
    release.release_type,
    release.releasing_prison,
    release.supervising_region,
    release.pdu,
    contract.provider,
    contract.contract_id,
    release.sex,
    release.ethnicity,
    release.age_at_release,
    release.sentence_band,
    release.is_on_licence,
    release.licence_end_date
from {{ ref('int_release') }} as release
left join {{ ref('int_release_contract') }} as contract
    on contract.release_id = release.release_id
