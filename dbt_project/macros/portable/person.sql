{#- Upper case, letters only, without accents: one system keeps them, another has none. Letters that are no letter with an accent are spelt out. -#}
{% macro letters_only(name) -%}
    regexp_replace(
        replace(replace(replace(replace(
            translate(strip_accents(upper(coalesce({{ name }}, ''))), 'ŁØĐÐ', 'LODD'),
        'ẞ', 'SS'), 'Æ', 'AE'), 'Œ', 'OE'), 'Þ', 'TH'),
        '[^\p{L}]', '', 'g'
    )
{%- endmacro %}

{#- Whether a name is written in several words, or with a hyphen. -#}
{% macro has_parts(name) -%}
    regexp_matches(trim({{ name }}), '[\s-]')
{%- endmacro %}

{#- The word in front of another, upper case: a title, it may be. Empty where there is none. -#}
{% macro word_in_front(name) -%}
    upper(regexp_extract({{ name }}, '^\s*(\p{L}+)[.\s]', 1))
{%- endmacro %}

{#- The first of several names, unless it is an initial. Empty where there is none. -#}
{% macro first_of_several(name) -%}
    regexp_extract({{ name }}, '^\s*([^\s-]{2,})[\s-]', 1)
{%- endmacro %}

{#- The first or second half of a double-barrelled name; what is short, such as Mc or de, is no half. Empty where there is none. -#}
{% macro half_of(name, which) -%}
    regexp_extract({{ name }}, '^\s*([^\s-]{4,})[\s-]+([^\s-]{4,})\s*$', {{ which }})
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
