{#- Every row has a value in each of these columns; the failing row counts the empty ones by column. One test a table: a test
costs its own round trip, however little it reads. -#}
{% test filled(model, columns) %}
select
{%- for column in columns %}
    count(*) - count({{ column }}) as {{ column }}{{ "," if not loop.last }}
{%- endfor %}
from {{ model }}
having {% for column in columns %}count({{ column }}) < count(*){{ " or " if not loop.last }}{% endfor %}
{% endtest %}
