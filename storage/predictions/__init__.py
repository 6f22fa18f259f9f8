"""What a server answered: logged line by line, shipped, kept in Delta tables.

A worker appends to its own *segment*, a file of JSON lines. A closed segment is shipped
to the stack's store and compacted into tables there, each of its lines exactly once.
"""
