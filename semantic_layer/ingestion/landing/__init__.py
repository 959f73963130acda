"""Rows of sources are taken in as they were found, once each, and nothing of them is ever lost.

Tables that this room owns (names that other rooms read stand in the contract of `warehouse.py`):

    raw."<source>"        the rows as they are at the source now
    work.raw_history      versions of rows that were replaced, or went from a file that was replaced, as JSON of all columns,
                          with the load that replaced them: (source, row, hash, place, load, body, replaced_by, replaced_at, why)
    work.loads            one row a load
    work.files            how far each part of a source was read: (source, path, fingerprint, size, position, rows, done,
                          again, load, updated_at); `again`: it is read a second time, and rows that it lacks now will go
    work.watermarks       the highest value of the watermark column a part: (source, path, watermark, load, updated_at)
    work.columns          headers of a source and the column of raw that each lands in: (source, name, column_name, type,
                          examples, ordinal, found_at)
    work.drift            differences of columns, and what was answered
    work.quarantine       rows and values that wait for a person
    work.overrides        what a person put in place of a value: (source, row, column_name, was, becomes, said_by, said_at, load)
    work.seen             rows that the running load found unchanged: (source, row); emptied when the next one begins
    work.elsewhere        other parts that hold a row as well: (source, row, path)
    work.events, work.event_batches   events that were sent in, and the batches in which they are taken on

A person's data stands in raw, raw_history, quarantine, overrides and events: whoever removes a person removes it in all five.
Times are UTC.
"""
