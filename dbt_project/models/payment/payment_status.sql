select
    release_id,
    {% for name, domain, day in [('home_on_day_0', 'accommodation', 0), ('home_on_day_91', 'accommodation', 91), ('work_on_day_42', 'employment', 42)] -%}
    max(case when domain = '{{ domain }}' and day = {{ day }} then case when state = 'observed' then official_class else state end end) as {{ name }},
    {% endfor %}
    {% for name, domain, day in [('home', 'accommodation', 0), ('work', 'employment', 42)] -%}
    max(case when domain = '{{ domain }}' and day = {{ day }} then state end) as {{ name }}_state_on_day_{{ day }},
    max(case when domain = '{{ domain }}' and day = {{ day }} then official_class end) as {{ name }}_class_on_day_{{ day }}{{ "," if not loop.last }}
    {% endfor %}
from {{ ref('evt_status') }}
where (domain = 'accommodation' and day in (0, 91)) or (domain = 'employment' and day = 42)
group by release_id
