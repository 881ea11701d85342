{#- Upper case, letters only; accents are kept as letters. -#}
{% macro letters_only(name) -%}
    regexp_replace(upper(nfc_normalize(coalesce({{ name }}, ''))), '[^\p{L}]', '', 'g')
{%- endmacro %}

{#-
A PNC number in the one form yyyy/nnnnnnnX that the door gives to declared PNC columns; needed here for PNCs that arrive in a
column shared with other identifiers. Two-digit years above the as-of year's last two digits are of the last century.
-#}
{% macro pnc(value) -%}
    case
        when regexp_full_match(upper(trim({{ value }})), '[0-9]{4}/[0-9]{1,7}[A-Z]')
            then substr(trim({{ value }}), 1, 5)
                || lpad(regexp_extract(upper(trim({{ value }})), '/([0-9]+)', 1), 7, '0') || right(upper(trim({{ value }})), 1)
        when regexp_full_match(upper(trim({{ value }})), '[0-9]{2}/[0-9]{1,7}[A-Z]')
            then case when cast(substr(trim({{ value }}), 1, 2) as integer) > extract(year from {{ as_of() }}) % 100 then '19' else '20' end
                || substr(trim({{ value }}), 1, 3)
                || lpad(regexp_extract(upper(trim({{ value }})), '/([0-9]+)', 1), 7, '0') || right(upper(trim({{ value }})), 1)
    end
{%- endmacro %}

{#- A postcode in upper case without spaces; empty where it has not the shape of one. -#}
{% macro postcode(value) -%}
    case
        when regexp_full_match(regexp_replace(upper({{ value }}), '[^A-Z0-9]', '', 'g'), '[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}')
            then regexp_replace(upper({{ value }}), '[^A-Z0-9]', '', 'g')
    end
{%- endmacro %}

{#- The date with day and month in the other order, where that is another date. -#}
{% macro day_and_month_turned(day) -%}
    case
        when extract(day from {{ day }}) <= 12 and extract(day from {{ day }}) <> extract(month from {{ day }})
            then make_date(
                cast(extract(year from {{ day }}) as integer),
                cast(extract(day from {{ day }}) as integer),
                cast(extract(month from {{ day }}) as integer)
            )
    end
{%- endmacro %}
