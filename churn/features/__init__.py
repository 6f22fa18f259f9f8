"""Features: declared once, compiled to SQL, unable to see past the snapshot.

What a declaration means, in any engine, offline and online. T is the snapshot:
00:00 UTC of its date. All times are instants, counted in integer microseconds.

1. A row is *visible* at T if ``event_time <= T and known_at <= T``. Nothing else
   about any other row matters: not that it exists, not what it says.
2. Of the visible rows with the same ``event_id`` one counts: the one known last.
   Rows known at the same instant are ordered by ``event_time``, then by the
   contract's columns in declared order, null lowest; the greatest counts. Whose
   event it is, is what the row that counts says. In a table without
   ``event_id`` every row is an event of its own.
3. A window of n days holds the events with ``T - n days < event_time <= T``.
4. The *last* event (attributes, last values) is the greatest by ``event_time``,
   then ``known_at``, then the contract's columns as above.
5. A value with ``ttl_days`` is null if ``T - event_time > ttl_days``; a value made
   of others lives as long as the first of them. Online the same is asked again
   at the moment of reading.
6. One row comes out for each row of the spine, in its order: duplicates and
   customers without events included.
7. A static table says the same at any time; of several rows of a customer the
   greatest by the contract's columns counts.
8. Sums are of integers; a division is the last operation; a raw zero has no sign.
   So neither the order of rows nor the engine moves a bit.
"""
