{#- Distinct values in order, joined: 'A;B'. Null when there is none. -#}
{% macro sorted_list(value, delimiter=';') -%}
    {{ return(adapter.dispatch('sorted_list', 'gatehouse')(value, delimiter)) }}
{%- endmacro %}
{% macro default__sorted_list(value, delimiter) -%}
    string_agg(distinct {{ value }}, '{{ delimiter }}' order by {{ value }})
{%- endmacro %}
{% macro spark__sorted_list(value, delimiter) -%}
    nullif(array_join(array_sort(collect_set({{ value }})), '{{ delimiter }}'), '')
{%- endmacro %}

{#- Values in order as an array; what comes twice stays twice. Null when there is none. -#}
{% macro sorted_array(value) -%}
    {{ return(adapter.dispatch('sorted_array', 'gatehouse')(value)) }}
{%- endmacro %}
{% macro default__sorted_array(value) -%}
    list({{ value }} order by {{ value }}) filter (where {{ value }} is not null)
{%- endmacro %}
{% macro spark__sorted_array(value) -%}
    nullif(array_sort(collect_list({{ value }})), array())
{%- endmacro %}

{#- Delivered keys are text; where a definition says "higher" or "lower" key, whole numbers compare as numbers. -#}
{% macro key_order(key) -%}
    coalesce({{ safe_cast_bigint(key) }}, -1)
{%- endmacro %}
{% macro safe_cast_bigint(value) -%}
    try_cast({{ value }} as bigint)
{%- endmacro %}

{#- A number for some values, quicker to compare than they are. Others may have the same one. -#}
{% macro number_of(values) -%}
    {{ return(adapter.dispatch('number_of', 'gatehouse')(values)) }}
{%- endmacro %}
{% macro default__number_of(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}
{% macro spark__number_of(values) -%}
    xxhash64({{ values | join(', ') }})
{%- endmacro %}

{#- One number for many (an aggregate), in whatever order they come; null where there is none. -#}
{% macro number_of_all(number) -%}
    bit_xor({{ number }})
{%- endmacro %}

{#- What tells with two bytes whether a number of number_of or number_of_all has changed. -#}
{% macro two_bytes(number) -%}
    {{ return(adapter.dispatch('two_bytes', 'gatehouse')(number)) }}
{%- endmacro %}
{% macro default__two_bytes(number) -%}
    cast({{ number }} % 65536 as usmallint)
{%- endmacro %}
{% macro spark__two_bytes(number) -%}
    cast(pmod({{ number }}, 65536) as int)
{%- endmacro %}

{#- One number for many texts (an aggregate), written out; the same in every version of the engine. -#}
{% macro number_of_texts(value) -%}
    {{ return(adapter.dispatch('number_of_texts', 'gatehouse')(value)) }}
{%- endmacro %}
{% macro default__number_of_texts(value) -%}
    cast(bit_xor(md5_number_lower({{ value }})) as {{ dbt.type_string() }})
{%- endmacro %}
{% macro spark__number_of_texts(value) -%}
    cast(bit_xor(cast(conv(substr(md5({{ value }}), 1, 15), 16, 10) as bigint)) as string)
{%- endmacro %}

{#- A keyless fingerprint of some values, for row ids. -#}
{% macro fingerprint(values) -%}
    md5(
    {%- for v in values -%}
        coalesce(cast({{ v }} as {{ dbt.type_string() }}), '') {%- if not loop.last %} || '|' || {% endif -%}
    {%- endfor -%}
    )
{%- endmacro %}

{#- The words of a text and nothing else: small letters without accents, one blank between them; empty where nothing is left. A blank that
    stands alone stays as it is: to replace it too would take four times as long. -#}
{% macro words_or_nothing(text) -%}
    {{ return(adapter.dispatch('words_or_nothing', 'gatehouse')(text)) }}
{%- endmacro %}
{% macro default__words_or_nothing(text) -%}
    trim(regexp_replace(strip_accents(lower({{ text }})), '[^a-z]*[^a-z ][^a-z]*|  +', ' ', 'g'))
{%- endmacro %}
{% macro spark__words_or_nothing(text) -%}
    trim(regexp_replace(translate(lower({{ text }}), 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy'), '[^a-z]+', ' '))
{%- endmacro %}

{#- The same; null where nothing is left. -#}
{% macro words_only(text) -%}
    nullif({{ words_or_nothing(text) }}, '')
{%- endmacro %}

{#- Distinct phrases as an array, the longest first. Null when there is none. -#}
{% macro phrase_array(value) -%}
    {{ return(adapter.dispatch('phrase_array', 'gatehouse')(value)) }}
{%- endmacro %}
{% macro default__phrase_array(value) -%}
    list(distinct {{ value }} order by length({{ value }}) desc, {{ value }}) filter (where {{ value }} is not null)
{%- endmacro %}
{% macro spark__phrase_array(value) -%}
    nullif(reverse(transform(array_sort(collect_set(struct(length({{ value }}) as letters, {{ value }} as phrase))), one -> one.phrase)), array())
{%- endmacro %}

{#- A text of words without some of its phrases, an array; empty where nothing is left. Where a phrase was, a full stop keeps what stood around it
    apart. To look for a phrase takes less than to replace it, and most are not there. Each is replaced twice: of two in a row the second has no
    blank of its own before it until the first is gone. A pattern of each row's own would be compiled anew for each row. -#}
{% macro without_phrases(text, phrases) -%}
    {{ return(adapter.dispatch('without_phrases', 'gatehouse')(text, phrases)) }}
{%- endmacro %}
{% macro default__without_phrases(text, phrases) -%}
    case when {{ phrases }} is null then {{ text }}
        else trim(replace(list_reduce(
            {{ phrases }},
            lambda told, phrase: case
                when contains(told, phrase) then replace(replace(told, ' ' || phrase || ' ', ' . '), ' ' || phrase || ' ', ' . ')
                else told
            end,
            ' ' || {{ text }} || ' '
        ), ' .', '')) end
{%- endmacro %}
{% macro spark__without_phrases(text, phrases) -%}
    case when {{ phrases }} is null then {{ text }}
        else trim(replace(aggregate(
            {{ phrases }},
            concat(' ', {{ text }}, ' '),
            (told, phrase) -> case
                when contains(told, phrase) then replace(replace(told, concat(' ', phrase, ' '), ' . '), concat(' ', phrase, ' '), ' . ')
                else told
            end
        ), ' .', '')) end
{%- endmacro %}

{#- The words of a text as an array. -#}
{% macro word_array(text) -%}
    {{ return(adapter.dispatch('word_array', 'gatehouse')(text)) }}
{%- endmacro %}
{% macro default__word_array(text) -%}
    string_split({{ text }}, ' ')
{%- endmacro %}
{% macro spark__word_array(text) -%}
    split({{ text }}, ' ')
{%- endmacro %}

{#- A text of words without those of an array; empty where nothing is left. A text that has none of them is not taken apart.
    `text`: a column, for it is asked for more than once. -#}
{% macro without_words(text, words) -%}
    {{ return(adapter.dispatch('without_words', 'gatehouse')(text, words)) }}
{%- endmacro %}
{% macro default__without_words(text, words) -%}
    case when {{ words }} is null or len(list_filter({{ words }}, lambda word: contains({{ text }}, word))) = 0 then {{ text }}
        else array_to_string(list_filter({{ word_array(text) }}, lambda word: not list_contains({{ words }}, word)), ' ') end
{%- endmacro %}
{% macro spark__without_words(text, words) -%}
    case when {{ words }} is null or not exists({{ words }}, word -> contains({{ text }}, word)) then {{ text }}
        else array_join(filter({{ word_array(text) }}, word -> not array_contains({{ words }}, word)), ' ') end
{%- endmacro %}

{#- How many words a text of words has. -#}
{% macro word_count(text) -%}
    (length({{ text }}) - length(replace({{ text }}, ' ', '')) + 1)
{%- endmacro %}

{#- SHA-256 of a text, in hexadecimal. -#}
{% macro sha256(text) -%}
    {{ return(adapter.dispatch('sha256', 'gatehouse')(text)) }}
{%- endmacro %}
{% macro default__sha256(text) -%}
    sha256({{ text }})
{%- endmacro %}
{% macro spark__sha256(text) -%}
    sha2({{ text }}, 256)
{%- endmacro %}

{#- A number for each word of a text, in order. -#}
{% macro word_numbers(text) -%}
    {{ return(adapter.dispatch('word_numbers', 'gatehouse')(text)) }}
{%- endmacro %}
{% macro default__word_numbers(text) -%}
    list_transform({{ word_array(text) }}, lambda word: hash(word))
{%- endmacro %}
{% macro spark__word_numbers(text) -%}
    transform({{ word_array(text) }}, word -> xxhash64(word))
{%- endmacro %}

{#- The set of numbers that stand for each five words in a row. `words`: a column of word_numbers, of five or more; worked out before, not once for each
    five. -#}
{% macro shingles(words) -%}
    {{ return(adapter.dispatch('shingles', 'gatehouse')(words)) }}
{%- endmacro %}
{% macro default__shingles(words) -%}
    list_distinct(list_transform(range(1, len({{ words }}) - 3), lambda n: hash({{ words }}[n], {{ words }}[n + 1], {{ words }}[n + 2], {{ words }}[n + 3], {{ words }}[n + 4])))
{%- endmacro %}
{% macro spark__shingles(words) -%}
    array_distinct(transform(sequence(1, size({{ words }}) - 4), n -> xxhash64(slice({{ words }}, n, 5))))
{%- endmacro %}

{#- How many members a set of numbers has, and how many two have in common. -#}
{% macro set_size(numbers) -%}
    {{ return(adapter.dispatch('set_size', 'gatehouse')(numbers)) }}
{%- endmacro %}
{% macro default__set_size(numbers) -%}
    len({{ numbers }})
{%- endmacro %}
{% macro spark__set_size(numbers) -%}
    size({{ numbers }})
{%- endmacro %}
{% macro set_shared(one, other) -%}
    {{ return(adapter.dispatch('set_shared', 'gatehouse')(one, other)) }}
{%- endmacro %}
{% macro default__set_shared(one, other) -%}
    len(list_intersect({{ one }}, {{ other }}))
{%- endmacro %}
{% macro spark__set_shared(one, other) -%}
    size(array_intersect({{ one }}, {{ other }}))
{%- endmacro %}

{#- A text that is one of a few `texts`: compared as any text, kept as the number of its place among them, which is its order too. -#}
{% macro one_of(texts, text) -%}
    {{ return(adapter.dispatch('one_of', 'gatehouse')(texts, text)) }}
{%- endmacro %}
{% macro default__one_of(texts, text) -%}
    cast({{ text }} as enum('{{ texts | join("', '") }}'))
{%- endmacro %}
{% macro spark__one_of(texts, text) -%}
    {{ text }}
{%- endmacro %}
