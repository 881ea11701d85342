{#-
The pointer that travels to the events (definition: edition_pointer): one number for a delivered record, its file's number and then its own.
Text with the names of delivery and file would be written and read again in every layer. No file holds ten thousand million records.
-#}
{% macro pointer(alias) -%}
    {{ alias }}._file_number * 10000000000 + {{ alias }}._row_number
{%- endmacro %}

{% macro pointer_file(pointer) -%}
    cast(({{ pointer }} - {{ pointer }} % 10000000000) / 10000000000 as bigint)
{%- endmacro %}

{% macro pointer_row(pointer) -%}
    {{ pointer }} % 10000000000
{%- endmacro %}
