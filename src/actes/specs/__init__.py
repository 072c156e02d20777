"""Read what people write (descriptors, parameters, front matter) into checked records.

In: YAML files and notebooks. Out: frozen records, or one message with file and line.
"""
